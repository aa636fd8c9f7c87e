import { readFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, transform } from 'esbuild';
import { rollup } from 'rollup';
import { loadConfigFile } from 'rollup/loadConfigFile';
import { buildIfNeeded, ROOT } from '../support/build.ts';
import { runFigures } from '../support/figures.ts';
import { findUnexplained, writeSizes } from './size-reasons.ts';

/**
 * Comlink is a sixth of it, and a quarter says what is wrong with a set-up, a page or a browser, and how to fix it. Two kilobytes end every
 * call with a code in every state of the page, and connect again where the registration has vanished. Another kilobyte watches the user's
 * activity for the limits of a session, and finds the same user again after a loss. Two more sign in by a pop-up, which may be blocked, closed,
 * cancelled or superseded, and answer a challenge while its request waits. What is left notices that another user has signed in there.
 */
const PAGE_LIMIT_BYTES = 16.5 * 1024;
/** The page entry, Comlink in it, and when to sign in. */
const AUTO_LIMIT_BYTES = 15.5 * 1024;
/**
 * oauth4webapi is two fifths of it: the whole protocol is in the one script, since nothing can be loaded into a worker later. The
 * libraries are in it as they are published, so that a reviewer reads the same code as everybody who uses them. Three kilobytes accept what
 * servers write differently from the specification, try each key that fits, and let requests that outlive their page arrive: without
 * them, a sign-in, a session or a request is lost for one detail. Seven more reach servers with metadata of their own, many tenants, no ID
 * tokens or a sign-out of their own, renew a session for the same user only, and keep its limits. Five more prove to the relay that the worker
 * asks, end a sign-in in a pop-up, and hold a request until the user has met what its challenge requires.
 */
const WORKER_LIMIT_BYTES = 60 * 1024;
/** React is the app's own. Hooks that weigh more than that would be no reason to use them instead of five lines. */
const REACT_LIMIT_BYTES = 1024;
/** Entries for the page that few load, or that no user does. */
const FURTHER_ENTRIES = ['compat/auth0', 'inspector', 'testing'] as const;

/** `write`: writes the sizes into the table of CONTRIBUTING.md. */
const OPTIONS = { write: false };

await runFigures({
  name: 'size',
  description: 'Weighs, gzipped, what an app has to load: the page entry, the auto entry and the standalone worker.',
  options: OPTIONS,
  async run({ options, progress, check }) {
    await buildIfNeeded();
    const page = await bundleForPage('index.js');
    const standalone = await readFile(join(ROOT, 'dist/standalone/tokenward-sw.js'));

    progress(`page entry with its dependencies, ${page.code.length} bytes minified:`);
    for (const line of listParts(page.bytesByPart)) progress(line);
    progress(`standalone worker, ${standalone.length} bytes minified; each module by itself would be:`);
    const workerBytesByPart = await weighStandalone();
    for (const line of listParts(workerBytesByPart)) progress(line);

    const pageGzipBytes = gzipBytesOf(page.code);
    const workerGzipBytes = gzipBytesOf(standalone);
    // Who wants one of these loads it besides, or for tests and development alone.
    const furtherGzipBytes: Record<string, number> = {};
    for (const entry of FURTHER_ENTRIES) {
      const { code } = await bundleForPage(`${entry}.js`, ['../index.js', './index.js']);
      furtherGzipBytes[`${entry}GzipBytes`] = gzipBytesOf(code);
      progress(`${entry}, beside the page entry: ${gzipBytesOf(code)} bytes gzipped`);
    }
    const say = (bytes: number): string => `${bytes} bytes`;
    check(`page entry gzipped: at most ${PAGE_LIMIT_BYTES}`, pageGzipBytes <= PAGE_LIMIT_BYTES, say(pageGzipBytes));
    check(
      `standalone worker gzipped: at most ${WORKER_LIMIT_BYTES}`,
      workerGzipBytes <= WORKER_LIMIT_BYTES,
      say(workerGzipBytes),
    );
    const autoGzipBytes = gzipBytesOf(await readFile(join(ROOT, 'dist/auto.js')));
    check(`auto entry gzipped: at most ${AUTO_LIMIT_BYTES}`, autoGzipBytes <= AUTO_LIMIT_BYTES, say(autoGzipBytes));
    const reactGzipBytes = gzipBytesOf((await bundleForPage('react.js', ['react', './index.js'])).code);
    check(
      `React entry gzipped, beside the page entry: at most ${REACT_LIMIT_BYTES}`,
      reactGzipBytes <= REACT_LIMIT_BYTES,
      say(reactGzipBytes),
    );
    const bundles = { page: page.bytesByPart, worker: workerBytesByPart };
    if (options.write) writeSizes(bundles);
    const unexplained = findUnexplained(bundles);
    check('CONTRIBUTING.md says what each part is for, and its size', unexplained.length === 0, unexplained.join('; '));
    return { pageGzipBytes, autoGzipBytes, reactGzipBytes, workerGzipBytes, ...furtherGzipBytes };
  },
});

/** Bytes of minified code by the package, or the room of our own, that they come from. */
type BytesByPart = ReadonlyMap<string, number>;

interface Bundle {
  readonly code: Uint8Array;
  readonly bytesByPart: BytesByPart;
}

function gzipBytesOf(code: Uint8Array): number {
  return gzipSync(code, { level: 9 }).length;
}

/**
 * Bundles an entry for the page as an app would: with all of its exports and dependencies, minified.
 *
 * @param external modules that the app has already
 */
async function bundleForPage(entry: string, external: string[] = []): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [`dist/${entry}`],
    external,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    metafile: true,
    write: false,
  });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const weights = inputs.map(([file, { bytesInOutput }]) => [file, bytesInOutput] as const);
  return { code: outputFiles[0]?.contents ?? new Uint8Array(), bytesByPart: sumByPart(weights) };
}

/** Bundles the standalone worker as the build does, and weighs what it took of each module. */
async function weighStandalone(): Promise<BytesByPart> {
  const { options } = await loadConfigFile(join(ROOT, 'rollup.config.ts'), { configPlugin: 'esbuild', silent: true });
  const configuration = options.find(({ output }) => output.some(({ file }) => file?.endsWith('tokenward-sw.js')));
  const bundle = await rollup({ ...configuration, input: join(ROOT, 'sw/standalone/index.ts') });
  const { output } = await bundle.generate({ format: 'iife' });
  await bundle.close();

  const modules = output.flatMap((file) => (file.type === 'chunk' ? Object.entries(file.modules) : []));
  const weights = modules.map(async ([file, { code }]) => {
    const minified = await transform(code ?? '', { minify: true, target: 'es2022' });
    return [file, minified.code.length] as const;
  });
  return sumByPart(await Promise.all(weights));
}

function sumByPart(weights: readonly (readonly [file: string, bytes: number])[]): BytesByPart {
  const bytesByPart = new Map<string, number>();
  for (const [file, bytes] of weights) {
    const name = partOf(file);
    bytesByPart.set(name, (bytesByPart.get(name) ?? 0) + bytes);
  }
  return bytesByPart;
}

/** The npm package of a module; of our own, its room, or `src` for what the build has made one file of already. */
function partOf(file: string): string {
  const [, dependency] = /.*node_modules[/\\]((?:@[^/\\]+[/\\])?[^/\\]+)/.exec(file) ?? [];
  if (dependency !== undefined) return dependency;
  const [realm = '', room = ''] = relative(ROOT, resolve(ROOT, file)).split(sep);
  return realm === 'dist' ? 'src' : room.endsWith('.ts') ? realm : `${realm}/${room}`;
}

function listParts(bytesByPart: BytesByPart): readonly string[] {
  const largestFirst = [...bytesByPart].toSorted(([, a], [, b]) => b - a);
  return largestFirst.map(([name, bytes]) => `${String(bytes).padStart(8)} ${name}`);
}
