import { defineInspector } from './element.ts';

export { defineInspector, INSPECTOR_NAME } from './element.ts';

defineInspector();
