/**
 * Import this before `oidc-provider`, which tells the console, among other things at its very import, about settings
 * that matter in production. They would drown what the demo and the tests have to say.
 */
for (const level of ['info', 'warn'] as const) {
  const write = console[level].bind(console);
  console[level] = (...data: unknown[]): void => {
    if (typeof data[0] === 'string' && data[0].includes('oidc-provider ')) return;
    write(...data);
  };
}
