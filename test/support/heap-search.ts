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
  /** The secrets, in the order in which they became known. */
  readonly #secrets: Set<string> = new Set();
  /** The strings of the last heap, each with the number of secrets that it was searched for. */
  #searched: ReadonlyMap<string, number> = new Map();

  /** Searches a page's heap for the secrets that are known once its snapshot is there. */
  async search(page: Page, secrets: () => readonly string[]): Promise<readonly string[]> {
    return this.find(await heapStrings(page), secrets());
  }

  /** Finds secrets in strings. What held a secret stays new, so that it is found again as long as it is there. */
  find(strings: readonly string[], secrets: readonly string[]): readonly string[] {
    for (const secret of secrets) this.#secrets.add(secret);
    const known = [...this.#secrets];
    const heap = new Set(strings.filter((text) => text.length >= SHORTEST_PART));
    const byProgress = new Map<number, string[]>();
    for (const text of heap) {
      const searchedFor = this.#searched.get(text) ?? 0;
      const texts = byProgress.get(searchedFor) ?? [];
      texts.push(text);
      byProgress.set(searchedFor, texts);
    }
    const found = new Set<string>();
    for (const [searchedFor, texts] of byProgress) {
      // One text is searched many times faster than its parts.
      const text = texts.join('\0');
      for (const secret of known.slice(searchedFor)) if (holds(text, secret)) found.add(secret);
    }
    if (found.size === 0) this.#searched = new Map([...heap].map((text) => [text, known.length]));
    return [...found];
  }
}

function holds(text: string, secret: string): boolean {
  return encodingsOf(secret).some((encoded) => partsOf(encoded).some((part) => text.includes(part)));
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
