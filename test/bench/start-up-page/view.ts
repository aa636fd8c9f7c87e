import { PARTS, type PartTimes, type StartKind, type StartMoments, medianBetween, timesOf } from '../start-up-parts.ts';

/** What stands above the bars: the costs that matter most. */
const FIGURES = [
  {
    name: 'script evaluation',
    what: 'compile, define, start()',
    whose: 'tokenward',
    from: 'evaluate',
    to: 'started',
    isOfVersions: true,
  },
  {
    name: 'unseal',
    what: 'the vault: key, database, record',
    whose: 'aside',
    from: 'open',
    to: 'decrypted',
    isOfVersions: false,
  },
  {
    name: 'first match',
    what: 'is this request ours?',
    whose: 'tokenward',
    from: 'event',
    to: 'matched',
    isOfVersions: true,
  },
  {
    name: 'until the answer',
    what: 'as the page sees it',
    whose: 'browser',
    from: 'page',
    to: 'end',
    isOfVersions: false,
  },
] as const;

/** How many of the last starts are shown one by one. */
const LAST_STARTS = 12;

/** Shows all starts of a kind: their medians as figures and bars, and the last of them one by one. */
export function showStarts(kind: StartKind, starts: readonly StartMoments[]): void {
  showFigures(kind, starts);
  showParts(starts.length > 0 ? partsOf(starts, kind) : []);
  showEach(kind, starts);
}

/**
 * What each part takes, as the page may call it: where nobody has told it when compiling began, that part begins as soon as there is a
 * worker, and most of it is the browser's.
 */
function partsOf(starts: readonly StartMoments[], kind: StartKind): readonly PartTimes[] {
  const isKnown = knowsCompiling(starts);
  return timesOf(starts, kind).map((part) =>
    part.name === 'compile' && !isKnown ? { ...part, title: 'browser: set up, and compile', whose: 'browser' } : part,
  );
}

function knowsCompiling(starts: readonly StartMoments[]): boolean {
  return starts.every((moments) => moments.get('evaluate') !== moments.get('origin'));
}

function showFigures(kind: StartKind, starts: readonly StartMoments[]): void {
  const figures = FIGURES.map(({ name, what, whose, from, to, isOfVersions }) => {
    const isEvaluation = from === 'evaluate' && !knowsCompiling(starts);
    const isSeen = starts.length > 0 && (kind === 'stop' || isOfVersions);
    const value = element(
      'p',
      'value',
      isSeen ? medianBetween(starts, isEvaluation ? 'begin' : from, to).toFixed(1) : '–',
    );
    value.append(' ', element('small', '', 'ms'));
    const figure = element('div', `figure ${whose}`);
    figure.append(
      value,
      element('p', 'name', name),
      element('p', 'what', isEvaluation ? 'define, start(); compiling apart' : what),
    );
    return figure;
  });
  byId('figures').replaceChildren(...figures);
}

/** Makes a row for each part. */
export function makeRows(): void {
  const firstAside = PARTS.find(({ whose }) => whose === 'aside');
  const rows = PARTS.map((part) => {
    const row = element('li', `part ${part.whose}${part === firstAside ? ' first-aside' : ''}`);
    const track = element('div', 'track');
    track.append(element('div', 'bar'), element('span', 'took'));
    row.append(element('span', 'title', part.title), track);
    row.dataset['part'] = part.name;
    return row;
  });
  byId('parts').replaceChildren(...rows);
}

function showParts(times: readonly PartTimes[]): void {
  const endsAtMs = Math.max(0, ...times.map(({ beginsAtMs, takesMs }) => beginsAtMs + takesMs));
  const share = (ms: number): string => (endsAtMs > 0 ? `${((100 * ms) / endsAtMs).toFixed(2)}%` : '0');
  for (const row of byId('parts').querySelectorAll<HTMLElement>('.part')) {
    const bar = row.querySelector<HTMLElement>('.bar');
    const took = row.querySelector<HTMLElement>('.took');
    if (!bar || !took) continue;
    const { title, whose, beginsAtMs = 0, takesMs } = times.find(({ name }) => name === row.dataset['part']) ?? {};
    const heading = row.querySelector('.title');
    if (heading && title !== undefined) heading.textContent = title;
    if (whose) bar.className = `bar ${whose}`;
    bar.hidden = takesMs === undefined;
    bar.style.left = share(beginsAtMs);
    bar.style.width = share(takesMs ?? 0);
    took.style.left = share(beginsAtMs + (takesMs ?? 0));
    took.textContent = takesMs === undefined ? '–' : `${takesMs.toFixed(2)} ms`;
  }
  byId('axis').replaceChildren(ticksOf(endsAtMs, share));
}

function ticksOf(endsAtMs: number, share: (ms: number) => string): HTMLElement {
  const stepMs = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((step) => endsAtMs / step <= 9) ?? 1000;
  const ticks = element('div', 'ticks');
  for (let atMs = 0; atMs < endsAtMs; atMs += stepMs) {
    const tick = element('span', 'tick', atMs === 0 ? '0 ms' : String(atMs));
    tick.style.left = share(atMs);
    ticks.append(tick);
  }
  return ticks;
}

/** One strip for each start, all on one scale, the newest first. */
function showEach(kind: StartKind, starts: readonly StartMoments[]): void {
  const last = [...starts.entries()].slice(-LAST_STARTS).toReversed();
  const piecesOf = (moments: StartMoments): readonly PartTimes[] =>
    partsOf([moments], kind).filter(({ whose }) => whose !== 'aside');
  const lengthOf = (moments: StartMoments): number => piecesOf(moments).reduce((sum, { takesMs }) => sum + takesMs, 0);
  const longestMs = Math.max(...last.map(([, moments]) => lengthOf(moments)));
  const rows = last.map(([index, moments]) => {
    const strip = element('div', 'strip');
    for (const { whose, takesMs, title } of piecesOf(moments)) {
      const piece = element('span', whose);
      piece.style.width = `${((100 * takesMs) / longestMs).toFixed(2)}%`;
      piece.title = `${title}: ${takesMs.toFixed(2)} ms`;
      strip.append(piece);
    }
    const row = element('li', 'one');
    row.append(
      element('span', '', String(index + 1)),
      strip,
      element('span', '', `${lengthOf(moments).toFixed(1)} ms`),
    );
    return row;
  });
  byId('starts').replaceChildren(...(rows.length > 0 ? rows : [element('li', 'empty', 'Nothing was measured yet.')]));
}

/** An element of the page, by its id. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no ${id}.`);
  return found;
}

function element(name: string, className: string, text: string = ''): HTMLElement {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}
