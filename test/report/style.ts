/** Style of the page: readable on a phone, in the dark, and on paper. */
export const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d0d7de, #3d444d); --bad: light-dark(#b3261e, #ff8a80); --good: light-dark(#1a7f37, #56d364); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.2rem; margin: 2rem 0 0.5rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 0; }
header p { margin: 0; }
.bad { color: var(--bad); font-weight: 600; }
.good { color: var(--good); font-weight: 600; }
.place { font-size: 0.875rem; opacity: 0.75; margin: 0; font-weight: normal; }
article { border: 1px solid var(--line); border-left: 4px solid var(--bad); border-radius: 4px; padding: 0.75rem; margin: 0.75rem 0; }
pre { font: 0.8125rem/1.45 ui-monospace, monospace; white-space: pre-wrap; max-height: 24rem; overflow: auto; margin: 0.5rem 0; }
code { font: 0.8125rem ui-monospace, monospace; }
img { display: block; max-width: 100%; max-height: 32rem; border: 1px solid var(--line); margin: 0.5rem 0; }
summary { cursor: pointer; padding: 0.25rem 0; font-weight: 600; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.875rem; overflow-wrap: normal; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.75rem 0.25rem 0; border-bottom: 1px solid var(--line); }
`;
