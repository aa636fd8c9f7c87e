import { readFile } from 'node:fs/promises';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import type { TokenwardOptions } from 'tokenward/sw';
import { ROOT } from './build.ts';

/** Page and worker of a release that speaks another version of the protocol, made of the present sources. */
export interface OtherRelease {
  /** What `/tokenward.js` is: the module for pages. */
  readonly page: string;
  /** Makes the worker's script from the present one: the same configuration, the other library. */
  readonly worker: (script: string) => string;
  /** An app's own worker, which does not take over from the version before it by itself. */
  readonly ownWorker: (options: TokenwardOptions) => string;
}

/** @param protocolVersion which version it speaks */
export async function buildOtherRelease(protocolVersion: number): Promise<OtherRelease> {
  const bundle = async (
    format: 'esm' | 'iife',
    entry: Pick<BuildOptions, 'entryPoints' | 'stdin'>,
  ): Promise<string> => {
    const { outputFiles } = await build({
      ...entry,
      absWorkingDir: ROOT,
      bundle: true,
      format,
      target: 'es2022',
      define: { 'process.env.NODE_ENV': '"production"' },
      plugins: [speak(protocolVersion)],
      write: false,
    });
    return outputFiles?.[0]?.text ?? '';
  };
  const start = `import { startTokenward } from './sw/index.ts'; startTokenward(self.options);`;
  const [page, library, own] = await Promise.all([
    bundle('esm', { entryPoints: ['src/page/index.ts'] }),
    bundle('iife', { entryPoints: ['sw/standalone/index.ts'] }),
    bundle('iife', { stdin: { contents: start, resolveDir: ROOT } }),
  ]);
  return {
    page,
    worker: (script) => `${library}${script.slice(script.indexOf('\ntokenward.start('))}`,
    ownWorker: (options) => `self.options = ${JSON.stringify(options)};\n${own}`,
  };
}

/** Puts another version in the place of the present one. */
function speak(protocolVersion: number): Plugin {
  return {
    name: 'speak-another-version',
    setup: ({ onLoad }) => {
      onLoad({ filter: /[/\\]protocol[/\\]version\.ts$/ }, async ({ path }) => {
        const present = await readFile(path, 'utf8');
        const contents = present.replace(/PROTOCOL_VERSION = \d+/, `PROTOCOL_VERSION = ${protocolVersion}`);
        return { contents, loader: 'ts' };
      });
    },
  };
}
