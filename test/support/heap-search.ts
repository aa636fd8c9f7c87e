import type { Page } from 'playwright';

/** What a search through a page's heap has found. */
export interface HeapSearch {
  /** How many strings there were. */
  readonly stringCount: number;
  /** The secrets that were found, whole or in part. */
  readonly found: readonly string[];
}

/** Shorter parts than this are found by chance. */
const SHORTEST_PART = 12;

/**
 * Takes a snapshot of a page's JavaScript heap, garbage collected first, and looks for secrets in all of its strings:
 * each secret whole, as its two halves, in base64 and percent-encoded. (A snapshot shows a string that was put together
 * as its parts, and of a long one its beginning.)
 */
export async function searchHeap(page: Page, secrets: readonly string[]): Promise<HeapSearch> {
  const strings = await heapStrings(page);
  // One text is searched many times faster than many strings.
  const text = strings.join('\0');
  const found = secrets.filter((secret) => partsOf(secret).some((part) => text.includes(part)));
  return { stringCount: strings.length, found };
}

function partsOf(secret: string): readonly string[] {
  const middle = Math.floor(secret.length / 2);
  const halves = [secret.slice(0, middle), secret.slice(middle)];
  const encoded = [Buffer.from(secret).toString('base64url').slice(0, -2), encodeURIComponent(secret)];
  return [secret, ...halves, ...encoded].filter((part) => part.length >= SHORTEST_PART);
}

async function heapStrings(page: Page): Promise<readonly string[]> {
  const cdp = await page.context().newCDPSession(page);
  const chunks: string[] = [];
  cdp.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
  await cdp.send('HeapProfiler.enable');
  await cdp.send('HeapProfiler.collectGarbage');
  await cdp.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  await cdp.detach();
  const snapshot: unknown = JSON.parse(chunks.join(''));
  const strings = typeof snapshot === 'object' && snapshot !== null && 'strings' in snapshot ? snapshot.strings : undefined;
  if (!Array.isArray(strings)) throw new Error('The heap snapshot has no strings.');
  return strings.map(String);
}
