import type { MarkdownRenderer } from 'vitepress';
import { placeOf, siteLinkOf } from './links.ts';

/** Sources of the pages by their place on the site. */
export type Sources = ReadonlyMap<string, string>;

/**
 * Makes the links of the Markdown files, which lead through the repository, lead through the site, and leaves out of the home
 * page what its head says already.
 *
 * @param sources paths of the Markdown files from the root, by their place on the site
 */
export function rewriteLinks(markdown: MarkdownRenderer, sources: Sources): void {
  markdown.core.ruler.push('tokenward-links', ({ tokens, env }) => {
    const place = placeIn(env);
    const source = sources.get(place) ?? place;
    const picture = tokens.findIndex(({ type }) => type === 'html_block');
    if (place === placeOf('README.md')) tokens.splice(0, picture);
    for (const token of tokens.flatMap((block) => [block, ...(block.children ?? [])])) {
      const target = token.attrGet('href');
      if (token.type === 'link_open' && target !== null) token.attrSet('href', siteLinkOf(source, target));
      if (token.type.startsWith('html_')) token.content = bundleImages(token.content);
    }
  });
}

/** Place of the page that is rendered, out of the environment of the renderer. */
function placeIn(environment: unknown): string {
  const isPage = typeof environment === 'object' && environment !== null && 'relativePath' in environment;
  return isPage ? String(environment.relativePath) : '';
}

/** Makes the addresses of images those of modules, which the build takes along. */
function bundleImages(html: string): string {
  return html.replaceAll(/\b(src|srcset)="(?![a-z]+:|[./])/g, '$1="./');
}
