/** What the sign-in page shows. */
export interface LoginPageOptions {
  readonly action: string;
  readonly clientName: string;
  /** The user name to start with: the authorization request's `login_hint`, or what was typed before. */
  readonly username: string;
  /** Why the page is shown again. */
  readonly problem?: string;
}

/** What the consent page shows. */
export interface ConsentPageOptions {
  readonly action: string;
  readonly clientName: string;
  readonly scopes: readonly string[];
}

/** The page that asks for user name and password. */
export function loginPage({ action, clientName, username, problem }: LoginPageOptions): string {
  const alert = problem === undefined ? '' : `<p class="problem" role="alert">${escapeHtml(problem)}</p>`;
  return page(
    'Sign in',
    `<h1>Sign in</h1>
    <p class="lead">to continue to <strong>${escapeHtml(clientName)}</strong></p>
    <form method="post" action="${escapeHtml(action)}">
      ${alert}
      <label for="username">Email</label>
      <input id="username" name="username" type="email" autocomplete="username" required
        value="${escapeHtml(username)}"${username === '' ? ' autofocus' : ''}>
      <label for="password">Password</label>
      <input id="password" name="password" type="password" autocomplete="current-password" required
        ${username === '' ? '' : ' autofocus'}>
      <button type="submit" name="action" value="sign-in">Sign in</button>
      <button type="submit" name="action" value="cancel" class="quiet" formnovalidate>Cancel</button>
    </form>`,
  );
}

/** The page that asks whether the app may have what it asks for. */
export function consentPage({ action, clientName, scopes }: ConsentPageOptions): string {
  return page(
    'Allow access',
    `<h1>Allow access?</h1>
    <p class="lead"><strong>${escapeHtml(clientName)}</strong> asks for</p>
    <ul>${scopes.map((scope) => `<li><code>${escapeHtml(scope)}</code></li>`).join('')}</ul>
    <form method="post" action="${escapeHtml(action)}">
      <button type="submit" name="action" value="allow">Allow</button>
      <button type="submit" name="action" value="cancel" class="quiet">Cancel</button>
    </form>`,
  );
}

/** The page that ends the session without another question. `form` is oidc-provider's own. */
export function signOutPage(form: string): string {
  return page(
    'Signing out',
    `<h1>Signing out…</h1>
    ${form}
    <input type="hidden" name="logout" value="yes" form="op.logoutForm">
    <noscript><button type="submit" form="op.logoutForm">Sign out</button></noscript>
    <script src="/gatehouse.js"></script>`,
  );
}

/** The page after a sign-out that had nowhere to go. */
export function signedOutPage(): string {
  return page('Signed out', `<h1>Signed out</h1><p class="lead">You may close this page.</p>`);
}

/** The page that says what went wrong. */
export function errorPage(code: string, description: string): string {
  return page(
    'Something went wrong',
    `<h1>That did not work</h1>
    <p class="lead">${escapeHtml(description)}</p>
    <p><code>${escapeHtml(code)}</code></p>`,
  );
}

/** Submits the sign-out form: a file of its own, so that the pages need no inline script. */
export const SIGN_OUT_SCRIPT = `document.getElementById('op.logoutForm').submit();\n`;

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title} · Gatehouse</title>
  <link rel="stylesheet" href="/gatehouse.css">
  <link rel="icon" href="data:,">
</head>
<body>
  <header>
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <path d="M4 28V13L16 5l12 8v15h-8v-7a4 4 0 0 0-8 0v7z"/>
    </svg>
    <span>Gatehouse</span>
  </header>
  <main>
    ${content}
  </main>
  <footer>The demo's authorization server. Nothing here is real, and all of it is in memory.</footer>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** How the pages look. */
export const GATEHOUSE_CSS = `:root {
  color-scheme: light dark;
  --ground: #e9ece7;
  --paper: #fdfdfb;
  --ink: #1d2a26;
  --soft: #5c6b65;
  --line: #cfd6d0;
  --accent: #1f5c4a;
  --on-accent: #ffffff;
  --problem: #9a2a1c;
  --serif: 'Iowan Old Style', 'Palatino Linotype', Palatino, 'P052', Georgia, serif;
  --sans: system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif;
}

@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f1614;
    --paper: #18211e;
    --ink: #e6ece8;
    --soft: #9aaaa3;
    --line: #31403a;
    --accent: #8fd0b8;
    --on-accent: #0d1f19;
    --problem: #f2a091;
  }
}

* { box-sizing: border-box; }

body {
  min-height: 100vh;
  margin: 0;
  padding: 2rem 1.25rem;
  display: grid;
  grid-template-rows: 1fr auto auto 1.4fr;
  gap: 1.5rem;
  justify-items: center;
  background: var(--ground);
  color: var(--ink);
  font: 1rem/1.5 var(--sans);
}

header {
  align-self: end;
  display: flex;
  align-items: center;
  gap: 0.6rem;
  font: 1.15rem/1 var(--serif);
  letter-spacing: 0.02em;
}

header svg { width: 1.6rem; fill: var(--accent); }

main {
  width: min(24rem, 100%);
  padding: 2.25rem 2rem 2rem;
  background: var(--paper);
  border: 1px solid var(--line);
  border-radius: 14px;
  box-shadow: 0 1px 2px rgb(0 0 0 / 4%), 0 18px 40px -24px rgb(0 0 0 / 30%);
}

h1 { margin: 0; font: 500 1.9rem/1.15 var(--serif); letter-spacing: -0.01em; }
.lead { margin: 0.4rem 0 1.6rem; color: var(--soft); }
.lead strong { color: var(--ink); font-weight: 600; }
label { display: block; margin: 0 0 0.35rem; font-size: 0.875rem; font-weight: 600; }

input:not([type='hidden']) {
  width: 100%;
  margin: 0 0 1.1rem;
  padding: 0.65rem 0.75rem;
  border: 1px solid var(--line);
  border-radius: 8px;
  background: var(--ground);
  color: inherit;
  font: inherit;
}

:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }

button {
  width: 100%;
  margin-top: 0.5rem;
  padding: 0.7rem 1rem;
  border: 0;
  border-radius: 8px;
  background: var(--accent);
  color: var(--on-accent);
  font: 600 1rem/1.3 var(--sans);
  cursor: pointer;
}

button:hover { filter: brightness(1.08); }
button.quiet { background: none; color: var(--soft); font-weight: 500; }
ul { margin: 0 0 1.4rem; padding: 0; list-style: none; }
li { padding: 0.4rem 0; border-bottom: 1px solid var(--line); }

.problem {
  margin: 0 0 1.1rem;
  padding: 0.65rem 0.75rem;
  border-left: 3px solid var(--problem);
  background: var(--ground);
  color: var(--problem);
  font-size: 0.92rem;
}

footer { max-width: 24rem; color: var(--soft); font-size: 0.8rem; text-align: center; }
`;
