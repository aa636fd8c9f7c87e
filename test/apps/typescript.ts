import { installApp } from './app-folder.ts';
import type { TypeScriptProject } from './app-under-test.ts';
import { runNpm } from './child-process.ts';
import { INSTALL, messageOf, type Report } from './drive.ts';

/** Columns of the matrix of TypeScript projects. */
export const RESOLUTIONS: readonly string[] = ['node', 'node16', 'bundler'];

/** Installs the tarball in a TypeScript project and type-checks it by each of its configurations. */
export async function checkTypes(project: TypeScriptProject, tarball: string, report: Report): Promise<void> {
  const { name, resolutions } = project;
  try {
    const { path } = await installApp({ name, templates: ['_typescript', name], tarball, replacements: new Map() });
    report(INSTALL);
    for (const resolution of resolutions) {
      await runNpm({ folder: path, commandLine: ['run', '--silent', 'check', `tsconfig.${resolution}.json`] }).then(
        () => report(resolution),
        (error: unknown) => report(resolution, messageOf(error)),
      );
    }
  } catch (error) {
    report(INSTALL, messageOf(error));
  }
}
