/** Style of the inspector: light and dark, wide and narrow, with reduced motion on request. */
export const INSPECTOR_STYLE = `
:host {
  --paper: light-dark(#fffdf8, #1b1e25);
  --sunk: light-dark(#f3efe5, #14161b);
  --ink: light-dark(#1d1f24, #e8e6df);
  --soft: light-dark(#575962, #a7a9b2);
  --line: light-dark(#dcd6c8, #363c49);
  --accent: light-dark(#24427f, #a9bdf2);
  --on-accent: light-dark(#ffffff, #14161b);
  --good: light-dark(#2c6b4f, #83c9a8);
  --bad: light-dark(#a3391f, #f0957c);
  --warm: light-dark(#8a5310, #e0b06a);
  --mono: ui-monospace, 'SF Mono', 'Cascadia Code', Menlo, Consolas, 'Liberation Mono', monospace;
  display: block;
  container-type: inline-size;
  color: var(--ink);
  font: 0.875rem/1.45 system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif;
  text-align: start;
}
:host([theme='light']) { color-scheme: light; }
:host([theme='dark']) { color-scheme: dark; }
:host([hidden]) { display: none; }
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
h2, h3, p, dl, dd, ol, ul, fieldset { margin: 0; padding: 0; border: 0; }
ol, ul { list-style: none; }
code { font-family: var(--mono); font-size: 0.92em; overflow-wrap: anywhere; }
small { color: var(--soft); font-size: 0.8125rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.quiet { color: var(--soft); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }

.inspector { overflow: hidden; border: 1px solid var(--line); border-radius: 14px; background: var(--paper); }
.inspector > * { padding: 0.9rem 1.1rem; }
.inspector > * + * { border-top: 1px solid var(--line); }

header { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 0.9rem; }
h2 { font-size: 1rem; font-weight: 650; letter-spacing: -0.01em; }
h3 { font-size: 0.8125rem; font-weight: 650; color: var(--soft); }
.actions { margin-inline-start: auto; }
.pill { display: inline-flex; align-items: center; gap: 0.45rem; padding: 0.15rem 0.65rem; border: 1px solid var(--line);
  border-radius: 99px; background: var(--sunk); font-weight: 550; }
.pill::before { content: ''; width: 0.55rem; height: 0.55rem; border-radius: 50%; background: var(--soft); }
.pill[data-state='signed-in']::before { background: var(--good); }
.pill[data-state='signed-out']::before { background: transparent; box-shadow: inset 0 0 0 2px var(--soft); }
.expiry { color: var(--soft); font-variant-numeric: tabular-nums; }

button, select, input:not([type='radio'], [type='checkbox']) { border: 1px solid var(--line); border-radius: 8px;
  padding: 0.35rem 0.7rem; background: var(--paper); color: var(--ink); font: inherit; }
button { font-weight: 550; cursor: pointer; }
button:hover { border-color: var(--accent); }
.row { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 0.4rem 0.9rem; }
.chips { display: flex; flex-wrap: wrap; gap: 0.25rem; min-width: 0; }
.chip { position: relative; }
.chip input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: pointer; }
.chip > span { display: inline-flex; gap: 0.35rem; padding: 0.15rem 0.6rem; border: 1px solid transparent;
  border-radius: 99px; color: var(--soft); font-size: 0.8125rem; }
.chip:hover > span { border-color: var(--line); }
.chip input:checked + span { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
.chip input:focus-visible + span { outline: 2px solid var(--accent); outline-offset: 2px; }
.count { font-variant-numeric: tabular-nums; }

.picture { display: grid; grid-template-columns: 6.2rem minmax(0, 1fr); margin-top: 0.6rem; }
.picture svg { display: block; width: 100%; overflow: visible; }
.lanes { position: relative; color: var(--soft); font-size: 0.75rem; line-height: 1; }
.lanes span { position: absolute; }
.lane-session { top: 7px; } .lane-token { top: 30px; } .lane-requests { top: 58px; }
.picture text { fill: var(--soft); font: 11px var(--mono); }
.tick { stroke: var(--line); stroke-dasharray: 2 4; }
.future { fill: var(--sunk); }
.now { stroke: var(--accent); stroke-width: 1.5; }
.session.signed-in { fill: color-mix(in srgb, var(--good) 70%, transparent); }
.session.signed-out { fill: none; stroke: var(--soft); stroke-dasharray: 3 3; }
.token-life { fill: color-mix(in srgb, var(--accent) 26%, transparent); stroke: var(--accent); }
.renewal { fill: var(--paper); stroke: var(--accent); stroke-width: 2.5; }
.request.token { fill: var(--accent); }
.request.alone { fill: var(--paper); stroke: var(--soft); stroke-width: 1.5; }
.request.answered { fill: var(--paper); stroke: var(--warm); stroke-width: 2; stroke-dasharray: 3 2; }
.request.failed { fill: var(--bad); stroke: var(--ink); stroke-width: 1.5; }
.start { fill: var(--warm); }
.limit { fill: var(--warm); }
.limit.absolute { fill: var(--bad); }
.legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; margin: 0.5rem 0 0 6.2rem; color: var(--soft); font-size: 0.78rem; }
.legend li { display: flex; align-items: center; gap: 0.4rem; }

.columns { display: grid; grid-template-columns: minmax(0, 1fr); padding: 0 !important; }
.columns > * { padding: 0.9rem 1.1rem; }
.side { display: grid; gap: 1.2rem; align-content: start; border-top: 1px solid var(--line); background: var(--sunk); }
.facts { display: grid; gap: 1.2rem; }
.scroll { overflow: auto; margin-top: 0.5rem; max-height: 30rem; }
.happenings .scroll { max-height: 11rem; }
.requests { display: flex; flex-direction: column; }
table { width: 100%; border-collapse: collapse; }
th { position: sticky; top: 0; padding: 0 0.75rem 0.35rem 0; background: var(--paper); color: var(--soft); font-size: 0.75rem;
  font-weight: 550; text-align: start; white-space: nowrap; }
td { padding: 0.5rem 0.75rem 0.5rem 0; border-top: 1px solid var(--line); vertical-align: top; }
.time, .answer { font-variant-numeric: tabular-nums; white-space: nowrap; color: var(--soft); }
td small, td .action { display: block; }
.action { font-weight: 550; }
[data-action='authorize'] .action { color: var(--accent); }
[data-kind='answered'] .action { color: var(--warm); }
[data-kind='failed'] .answer { color: var(--bad); font-weight: 650; }
.empty { padding: 1.2rem 0; }

dl { display: grid; gap: 0.3rem; margin-top: 0.45rem; }
dl > div { display: grid; grid-template-columns: 6.4rem minmax(0, 1fr); gap: 0.6rem; }
dt { color: var(--soft); }
dd { overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.happenings li { padding: 0.12rem 0; }
.happenings time { margin-inline-end: 0.4rem; color: var(--soft); font-variant-numeric: tabular-nums; }
.fields { display: flex; flex-wrap: wrap; gap: 0.4rem; margin-top: 0.5rem; }
.fields input { flex: 1 1 11rem; min-width: 0; font-family: var(--mono); }
.own { display: inline-flex; align-items: center; gap: 0.4rem; margin-top: 0.5rem; color: var(--soft); }
.explained { min-height: 1.45em; margin-top: 0.5rem; }

@container (min-width: 62rem) {
  .columns { grid-template-columns: minmax(0, 1fr) 23rem; }
  .side { border-top: 0; border-inline-start: 1px solid var(--line); }
  .requests .scroll { flex: 1 1 0; min-height: 22rem; max-height: none; }
}
@container (max-width: 38rem) {
  thead { display: none; }
  tr { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0.1rem 0.75rem; padding: 0.6rem 0; border-top: 1px solid var(--line); }
  td { display: block; padding: 0; border: 0; }
  .what, .why { grid-column: 1 / -1; }
  .what { order: -1; }
  .why { order: 1; }
  .picture { grid-template-columns: minmax(0, 1fr); }
  .lanes { display: none; }
  .legend { margin-inline-start: 0; }
}
@media (forced-colors: active) {
  .request.token, .request.failed, .session.signed-in { fill: CanvasText; }
  .chip input:checked + span { forced-color-adjust: none; }
}
`;
