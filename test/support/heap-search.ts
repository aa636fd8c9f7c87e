import type { Page } from 'playwright';

/** What a search through a page's heap has found. */
export interface HeapSearch {
  /** How many strings there were. */
  readonly stringCount: number;
  /** The secrets that were found, whole or in part. */
  readonly found: readonly string[];
}

/** Shorter parts than this are found by chance. */
const SHORTEST_PART = 16;

/**
 * Takes a snapshot of a page's JavaScript heap, garbage collected first, and looks for secrets in all of its strings:
 * as they are, percent-encoded and in base64, whole or a quarter of them. (A snapshot shows a string that was put
 * together as its parts, and of a long one its first thousand characters.)
 */
export async function searchHeap(page: Page, secrets: readonly string[]): Promise<HeapSearch> {
  const strings = await heapStrings(page);
  return { stringCount: strings.length, found: new SecretSearch().find(strings, secrets) };
}

/** Repeated searches of heaps, which have most of their strings in common: each string is searched for each secret once. */
export class SecretSearch {
  readonly #strings: Set<string> = new Set();
  readonly #secrets: Set<string> = new Set();
  /** The strings as one text, which is searched many times faster. */
  #text = '';

  /** Searches a page's heap for the secrets that are known once its snapshot is there. */
  async search(page: Page, secrets: () => readonly string[]): Promise<readonly string[]> {
    return this.find(await heapStrings(page), secrets());
  }

  /**
   * Finds secrets in strings: each secret in the new strings, and a new secret in those of the searches before too. What held a
   * secret stays new, so that it is found again as long as it is there.
   */
  find(strings: readonly string[], secrets: readonly string[]): readonly string[] {
    const fresh = strings.filter((text) => text.length >= SHORTEST_PART && !this.#strings.has(text));
    const freshText = fresh.join('\0');
    const found = secrets.filter((secret) => {
      const parts = encodingsOf(secret).flatMap(partsOf);
      const texts = this.#secrets.has(secret) ? [freshText] : [freshText, this.#text];
      return texts.some((text) => parts.some((part) => text.includes(part)));
    });
    if (found.length > 0) return found;
    for (const text of fresh) this.#strings.add(text);
    for (const secret of secrets) this.#secrets.add(secret);
    this.#text += `\0${freshText}`;
    return found;
  }
}

function encodingsOf(secret: string): readonly string[] {
  // What stands before it decides how it falls into base64's groups of three.
  const base64 = ['', ' ', '  '].map((before) =>
    Buffer.from(before + secret)
      .toString('base64')
      .slice(4, -4),
  );
  const base64url = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  return [secret, encodeURIComponent(secret), ...base64, ...base64url];
}

function partsOf(text: string): readonly string[] {
  const length = Math.max(SHORTEST_PART, Math.floor(text.length / 4));
  const starts = Array.from({ length: Math.floor(text.length / length) }, (_, index) => index * length);
  return starts.map((start) => text.slice(start, start + length));
}

async function heapStrings(page: Page): Promise<readonly string[]> {
  const cdp = await page.context().newCDPSession(page);
  const chunks: string[] = [];
  cdp.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
  await cdp.send('HeapProfiler.enable');
  await cdp.send('HeapProfiler.collectGarbage');
  await cdp.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  await cdp.detach();
  const json = chunks.join('');
  // The last member, and a hundredth of the whole; in a string, its quotes would be escaped.
  const snapshot: unknown = JSON.parse(`{${json.slice(json.lastIndexOf('"strings":['))}`);
  const strings =
    typeof snapshot === 'object' && snapshot !== null && 'strings' in snapshot ? snapshot.strings : undefined;
  if (!Array.isArray(strings)) throw new Error('The heap snapshot has no strings.');
  return strings.map(String);
}
