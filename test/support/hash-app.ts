import type { App } from '../servers/app-server.ts';
import { connectScript } from './app-page.ts';

/** A deep link of the app with hash routes. */
export const DEEP_LINK = '/#/orders/7';

/** Exact rules by which common routers read a route in the fragment, and the routes of the app. */
const ROUTERS = `
const byLeadingSlash = (fragment) => (fragment.startsWith('/') ? fragment : '/' + fragment);
const routers = {
  vueRouter: () => byLeadingSlash(location.hash.slice(1)),
  reactRouter: () => byLeadingSlash(location.hash.slice(1) || '/'),
  angular: () => (location.hash.length > 0 ? location.hash.slice(1) : '/'),
  svelteSpaRouter: () => (location.href.includes('#/') ? location.href.split('#')[1] : '/'),
};
const views = { '/': 'Start', '/orders/7': 'Order 7' };
const show = () => {
  const shown = Object.values(routers).map((read) => views[read()] ?? 'blank');
  document.body.textContent = shown.join();
};
show();
addEventListener('hashchange', show);
`;

/** Puts an app with hash routes at the start page; its body says for each router which view is shown, or `blank`. */
export function addHashApp(app: App): void {
  app.pages.set('/routers.js', { body: ROUTERS, contentType: 'text/javascript' });
  // It connects after the routers have looked, as most apps do.
  app.pages.set('/hash-app.js', connectScript());
  app.pages.set('/', {
    body:
      '<!doctype html><title>Hash routes</title><body><script src="/routers.js"></script>' +
      '<script type="module" src="/hash-app.js"></script>',
  });
}
