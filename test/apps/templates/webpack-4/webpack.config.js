const CopyPlugin = require('copy-webpack-plugin');
const HtmlPlugin = require('html-webpack-plugin');

// webpack 4 knows neither `exports` nor the syntax of ES2020, so Babel compiles the dependencies too.
module.exports = {
  entry: './src/main.js',
  output: { filename: '[name].[contenthash].js', publicPath: '/' },
  module: {
    rules: [
      {
        test: /\.m?js$/,
        type: 'javascript/auto',
        use: { loader: 'babel-loader', options: { presets: [['@babel/preset-env', { targets: 'chrome 60' }]] } },
      },
    ],
  },
  plugins: [new HtmlPlugin({ template: 'src/index.html' }), new CopyPlugin({ patterns: [{ from: 'public' }] })],
  devServer: { historyApiFallback: true, contentBase: 'public' },
};
