const CopyPlugin = require('copy-webpack-plugin');
const HtmlPlugin = require('html-webpack-plugin');

/** As in apps whose browsers are older than their dependencies: those are compiled as well. */
module.exports = {
  entry: './src/main.js',
  output: { filename: '[name].[contenthash].js', publicPath: '/', clean: true },
  module: {
    rules: [
      {
        test: /\.m?js$/,
        use: {
          loader: 'babel-loader',
          options: { presets: [['@babel/preset-env', { targets: 'chrome 60' }]] },
        },
      },
    ],
  },
  plugins: [new HtmlPlugin({ template: 'src/index.html' }), new CopyPlugin({ patterns: [{ from: 'public' }] })],
  devServer: { historyApiFallback: true, static: 'public' },
};
