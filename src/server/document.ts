/** Text of a document. */
export interface DocumentText {
  readonly title: string;
  readonly paragraphs: readonly string[];
  /** Links of the document; the first one is the main action. */
  readonly links: readonly (keyof DocumentLinks | 'again')[];
}

/** Targets of the links: paths as `parsePath` returns them, without a quote, so that an attribute can hold them. */
export interface DocumentLinks {
  readonly home: string;
  readonly login: string;
}

/** Style of the documents, light and dark; their policy allows it by its hash. */
export const DOCUMENT_STYLE = `
:root { color-scheme: light dark; --ground: #f4f5f7; --card: #fff; --ink: #1c2230; --quiet: #566074; --line: #dfe3ea;
  --accent: #2456d6; --on-accent: #fff; }
@media (prefers-color-scheme: dark) { :root { --ground: #11141b; --card: #1a1f29; --ink: #e8ebf1; --quiet: #a3adbf;
  --line: #2d3441; --accent: #8fb0ff; --on-accent: #101625; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--ground);
  color: var(--ink); font: 1rem/1.6 system-ui, sans-serif; }
main { width: 100%; max-width: 34rem; padding: 2.25rem; background: var(--card); border: 1px solid var(--line);
  border-radius: 14px; }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25; letter-spacing: -0.01em; text-wrap: balance; }
p { margin: 0 0 1rem; color: var(--quiet); }
nav { display: flex; flex-wrap: wrap; gap: 0.75rem; margin-top: 1.75rem; }
a { padding: 0.6rem 1.1rem; border: 1px solid var(--line); border-radius: 9px; color: inherit; font-weight: 600;
  text-decoration: none; }
a:first-child { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
a:hover { text-decoration: underline; }
a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`;

/**
 * Creates a document without script. Its link `again` requests the same address: a hard reload bypasses the worker, a link does
 * not.
 *
 * @param text constant text of the library, which needs no escaping
 */
export function createDocument(text: DocumentText, { home, login }: DocumentLinks): string {
  const paragraphs = text.paragraphs.map((paragraph) => `<p>${paragraph}</p>`).join('\n');
  const anchors = {
    again: '<a href="">Try again</a>',
    home: `<a href="${home}">Start page</a>`,
    login: `<a href="${login}">Sign in again</a>`,
  };
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text.title}</title>
<style>${DOCUMENT_STYLE}</style>
<main>
<h1>${text.title}</h1>
${paragraphs}
<nav>${text.links.map((link) => anchors[link]).join(' ')}</nav>
</main>
</html>
`;
}
