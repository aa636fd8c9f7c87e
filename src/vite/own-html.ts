import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HtmlTagDescriptor } from 'vite';
import type { NodeListener } from '../server/node/listener.ts';

/** Time for a page to load the files that its elements name, in milliseconds. */
const LOADING_MS = 5000;

/** Notices pages without the element of the page's part. */
export interface OwnHtmlWatch {
  /** Notes that Vite makes the pages, and puts the element into them. */
  readonly noteElement: () => void;
  /** Looks at the requests of the development server. */
  readonly listener: NodeListener;
}

/**
 * Notices that a framework writes its HTML itself: then Vite asks no plugin for elements, and the page's part is nowhere loaded. The first
 * page that a browser has loaded without it is reported, once.
 *
 * @param element the element that belongs into the pages
 * @param warn receives the report
 */
export function watchOwnHtml(element: HtmlTagDescriptor, warn: (sentence: string) => void): OwnHtmlWatch {
  const { src } = element.attrs ?? {};
  let isLoaded = false;
  let timer: NodeJS.Timeout | undefined;
  const report = (): void => {
    if (isLoaded) return;
    warn(
      'tokenward: the framework writes the HTML of this page itself, so the option "auto" adds nothing to it. ' +
        `Add this line to the <head> of its pages: ${formatElement(element)}`,
    );
  };
  return {
    noteElement: () => {
      isLoaded = true;
    },
    listener: (request, response, next) => {
      if (request.url?.split('?')[0] === src) isLoaded = true;
      response.once('finish', () => {
        if (!isLoaded && isPage(request, response)) timer ??= setTimeout(report, LOADING_MS).unref();
      });
      next?.();
    },
  };
}

/** Whether a browser gets a page of the app, by what both sides say. */
function isPage({ headers }: IncomingMessage, response: ServerResponse): boolean {
  const isHtml = String(response.getHeader('content-type')).startsWith('text/html');
  return headers['sec-fetch-dest'] === 'document' && response.statusCode === 200 && isHtml;
}

/** Writes an element as HTML; no attribute of it has a quote. */
function formatElement({ tag, attrs = {} }: HtmlTagDescriptor): string {
  const attributes = Object.entries(attrs).map(([name, value]) => ` ${name}="${String(value)}"`);
  return `<${tag}${attributes.join('')}></${tag}>`;
}
