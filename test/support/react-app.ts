import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build, type InlineConfig } from 'vite';
import { ROOT } from './build.ts';
import { type Backend, complete, serveBuilt, type ViteApp, writeFiles } from './vite-app.ts';

const FRAMEWORKS = join(ROOT, 'demo/frameworks');

/** Version of React that the app is built with. */
export type ReactVersion = 18 | 19;

/** Content that all pages share, also the server's. */
const CONTENT = `
import { SignedIn, SignedOut, useClient, useLogin } from 'tokenward/react';

function SignIn() {
  const { login, isPending, error } = useLogin();
  return (
    <>
      <button onClick={login} disabled={isPending}>{isPending ? 'Leaving' : 'Sign in'}</button>
      <button onClick={() => login({ retrunTo: '/' })}>Sign in wrongly</button>
      <output>{error?.code}</output>
    </>
  );
}
function SignOut() {
  const client = useClient();
  return <button onClick={() => client.logout()}>Sign out</button>;
}
export function Content() {
  return (
    <>
      <SignedIn>{({ claims }) => <><h1>Signed in as {claims.name}</h1><SignOut /></>}</SignedIn>
      <SignedOut><h1>Signed out</h1><SignIn /></SignedOut>
    </>
  );
}`;

/** Renders each kind of page; the address says which. */
const MAIN = `
import * as React from 'react';
import { createRoot, hydrateRoot } from 'react-dom/client';
import { connect } from 'tokenward';
import { TokenwardProvider } from 'tokenward/react';
import { createTestClient } from 'tokenward/testing';
import { Content } from './content.jsx';

const { StrictMode, Suspense } = React;
const root = document.getElementById('app');
const kind = location.search.slice(1);
const onRecoverableError = (error) => console.error(String(error));

// Whether StrictMode runs effects twice, as it does in development only.
window.effects = 0;
function Effects({ children }) {
  React.useEffect(() => void (window.effects += 1), []);
  return children;
}
class ErrorBoundary extends React.Component {
  state = {};
  static getDerivedStateFromError = (error) => ({ error });
  render() { return this.state.error ? <h1>Failed: {this.state.error.code}</h1> : this.props.children; }
}
const app = (client, { fallback, children = <Content /> } = {}) => (
  <StrictMode>
    <ErrorBoundary>
      <Suspense fallback={<h1>Suspended</h1>}>
        <TokenwardProvider client={client} fallback={fallback}><Effects>{children}</Effects></TokenwardProvider>
      </Suspense>
    </ErrorBoundary>
  </StrictMode>
);

const pages = {
  '': () => createRoot(root).render(app(connect())),
  // Suspends above the provider's effects, until the test says that the code has come.
  lazy: () => {
    const code = new Promise((resolve) => (window.load = () => resolve({ default: Content })));
    const Lazy = React.lazy(() => code);
    createRoot(root).render(app(connect(), { children: <Lazy /> }));
  },
  use: () => {
    const connecting = connect();
    function Connected() {
      return <TokenwardProvider client={React.use(connecting)}><Content /></TokenwardProvider>;
    }
    createRoot(root).render(<StrictMode><Suspense fallback={<h1>Suspended</h1>}><Connected /></Suspense></StrictMode>);
  },
  hydrate: () => hydrateRoot(root, app(connect()), { onRecoverableError }),
  // The client is there before React is.
  late: async () => hydrateRoot(root, app(await connect()), { onRecoverableError }),
  mismatch: () => hydrateRoot(root, app(connect(), { children: <h1>Other</h1> }), { onRecoverableError }),
  // The test decides when connect() and login() end.
  test: (options) => {
    const client = createTestClient();
    const logins = [];
    const login = (options) => {
      logins.push(options);
      return new Promise((resolve) => (window.comeBack = resolve));
    };
    const connecting = new Promise((resolve, reject) => {
      window.connected = () => resolve({ ...client, login });
      window.fail = () => reject(Object.assign(new Error('Too slow.'), { code: 'worker_timeout' }));
    });
    Object.assign(window, { client, logins });
    createRoot(root).render(app(connecting, options));
  },
  fallback: () => pages.test({ fallback: <h1>Connecting</h1> }),
};
pages[kind]();
`;

const SERVER = `
import { StrictMode, Suspense } from 'react';
import { renderToString } from 'react-dom/server';
import { TokenwardProvider } from 'tokenward/react';
import { Content } from './content.jsx';
console.log(renderToString(
  <StrictMode><Suspense><TokenwardProvider client={undefined}><Content /></TokenwardProvider></Suspense></StrictMode>,
));
`;

/**
 * Builds an app with a version of React, in its development mode, and renders it on a server.
 *
 * @returns the app: `/` has an empty document, `/rendered.html` the server's
 */
export async function serveReactApp(backend: Backend, version: ReactVersion): Promise<ViteApp> {
  const root = mkdtempSync(join(backend.folder, `react-${version}-`));
  // Where the configuration of the examples says.
  copyFileSync(join(FRAMEWORKS, 'tokenward-sw.js'), join(backend.folder, 'tokenward-sw.js'));
  writeFiles(root, { 'content.jsx': CONTENT, 'main.jsx': MAIN, 'server.jsx': SERVER, 'index.html': documentOf('') });
  const config: InlineConfig = {
    root,
    configFile: join(FRAMEWORKS, 'vite.config.js'),
    // StrictMode and warnings are of this mode alone.
    define: { 'process.env.NODE_ENV': '"development"' },
    ...(version === 18 && { resolve: { alias: { react: 'react-18', 'react-dom': 'react-dom-18' } } }),
  };
  writeFiles(root, { 'rendered.html': documentOf(await renderOnServer(backend, config)) });
  const input = ['index.html', 'rendered.html'].map((name) => join(root, name));
  return serveBuilt(backend, { ...config, build: { rolldownOptions: { input } } });
}

function documentOf(content: string): string {
  const script = '<script type="module" src="main.jsx"></script>';
  return `<!doctype html><html lang="en"><title>React</title><link rel="icon" href="data:,"><div id="app">${content}</div>${script}</html>`;
}

async function renderOnServer(backend: Backend, config: InlineConfig): Promise<string> {
  const server = complete(backend, config);
  const output = { entryFileNames: 'server.mjs' };
  await build({
    ...server,
    ssr: { noExternal: true },
    build: { ...server.build, ssr: 'server.jsx', rolldownOptions: { output } },
  });
  const { href } = pathToFileURL(join(String(server.build?.outDir), 'server.mjs'));
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', `import '${href}'`]);
  return stdout.trim();
}
