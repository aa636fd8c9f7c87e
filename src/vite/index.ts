export { tokenward, type TokenwardPlugin, type TokenwardPluginOptions } from './plugin.ts';
