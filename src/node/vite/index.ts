export { tokenward, type TokenwardPluginOptions } from './plugin.ts';
