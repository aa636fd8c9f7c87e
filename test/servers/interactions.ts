import type { Provider } from 'oidc-provider';

import { consentPage, errorPage, GATEHOUSE_CSS, loginPage, SIGN_OUT_SCRIPT } from './login-pages.ts';
import type { User } from './users.ts';

/** A request within oidc-provider's Koa application. */
export type Context = Parameters<Parameters<Provider['use']>[0]>[0];

/** What the pages need. */
export interface InteractionOptions {
  readonly provider: Provider;
  readonly users: readonly User[];
  /** Origins that a form of the server may lead to. */
  readonly formTargets: ReadonlySet<string>;
  /** Returns once who signs in without a page. */
  readonly takeReadyUser?: () => User | undefined;
}

/** Answers the sign-in and consent pages and their files, and gives every page its content security policy. */
export async function answerInteraction(
  context: Context,
  next: () => Promise<unknown>,
  { provider, users, formTargets, takeReadyUser = () => undefined }: InteractionOptions,
): Promise<void> {
  // Chromium holds form-action against the redirects that follow too, and those lead back to the app.
  context.set(
    'content-security-policy',
    `default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'; ` +
      `form-action 'self' ${[...formTargets].join(' ')}`,
  );
  if (context.path === '/gatehouse.css') {
    context.type = 'css';
    context.body = GATEHOUSE_CSS;
    return;
  }
  if (context.path === '/gatehouse.js') {
    context.type = 'js';
    context.body = SIGN_OUT_SCRIPT;
    return;
  }
  if (!context.path.startsWith('/interaction/')) {
    await next();
    return;
  }

  context.set('cache-control', 'no-store');
  context.type = 'html';
  const interaction = await provider.interactionDetails(context.req, context.res).catch(() => undefined);
  if (interaction === undefined) {
    context.status = 400;
    context.body = errorPage('session_not_found', 'This sign-in has expired, or was begun in another browser.');
    return;
  }

  const { prompt, params } = interaction;
  const clientName = 'Tokenward demo';
  const finish = async (result: Parameters<Provider['interactionResult']>[2]): Promise<void> => {
    context.status = 303;
    context.redirect(await provider.interactionResult(context.req, context.res, result));
  };
  const form = new URLSearchParams('body' in context.req ? String(context.req.body) : '');
  if (form.get('action') === 'cancel') {
    await finish({ error: 'access_denied', error_description: 'The user has cancelled.' });
    return;
  }
  if (prompt.name === 'consent') {
    const scopes = (text(params['scope']) ?? '').split(' ');
    if (form.get('action') === 'allow') await finish({ consent: {} });
    else context.body = consentPage({ action: context.path, clientName, scopes });
    return;
  }

  const ready = takeReadyUser();
  if (ready !== undefined) {
    await finish({ login: { accountId: ready.sub, amr: ['pwd'] } });
    return;
  }
  const username = form.get('username') ?? text(params['login_hint']) ?? '';
  if (context.method !== 'POST') {
    context.body = loginPage({ action: context.path, clientName, username });
    return;
  }
  const user = users.find((candidate) => candidate.username === username);
  if (user === undefined || user.password !== form.get('password')) {
    const problem = 'Email or password is wrong. The terminal that runs the demo shows both.';
    context.body = loginPage({ action: context.path, clientName, username, problem });
    return;
  }
  await finish({ login: { accountId: user.sub, amr: ['pwd'] } });
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
