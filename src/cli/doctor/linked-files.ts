import type { Answer } from './probe.ts';

/** As many as show whether there is a rule. */
const LIMIT = 3;

/**
 * Returns the files of the same origin that documents and scripts name: scripts of `<script src>`, `importScripts()` and
 * `import`; with `any` also the files of `<link href>` and `<img src>`.
 *
 * @param answers responses with a page or a worker script
 * @param kind kind of the files
 * @returns their URLs, each once, and only a few of them
 */
export function linkedFiles(answers: readonly Answer[], kind: 'script' | 'any'): readonly string[] {
  const found = answers.flatMap(({ url, header, body }) => {
    const isDocument = header('content-type')?.startsWith('text/html') === true;
    const patterns = isDocument ? (kind === 'any' ? [SCRIPT, LINK] : [SCRIPT]) : [IMPORT];
    return patterns
      .flatMap((pattern) => [...body.matchAll(pattern)])
      .flatMap(([, path = '']) => (URL.canParse(path, url) ? [new URL(path, url)] : []))
      .filter(({ origin }) => origin === new URL(url).origin)
      .map(({ href }) => href);
  });
  return [...new Set(found)].slice(0, LIMIT);
}

const SCRIPT = /<script\b[^>]*?\ssrc\s*=\s*["']?([^"'\s>]+)/gi;
const LINK = /<(?:link|img)\b[^>]*?\s(?:href|src)\s*=\s*["']?([^"'\s>]+)/gi;
const IMPORT = /\bimportScripts\s*\(\s*["'`]([^"'`]+)/g;
