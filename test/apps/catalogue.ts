import type { AppUnderTest, TypeScriptProject } from './app-under-test.ts';

/** The apps, in the order of the matrix. */
export const APPS: readonly AppUnderTest[] = [
  { name: 'plain', title: 'HTML without a bundler, auto.js', parts: ['_server', '_worker'], isInCi: true },
];

/** The TypeScript projects. */
export const TYPESCRIPT_PROJECTS: readonly TypeScriptProject[] = [];
