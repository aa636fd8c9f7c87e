import type { Stack } from '../servers/stack.ts';
import { connected, connectScript } from './app-page.ts';
import type { EngineTab, Evaluator } from './engines/engine.ts';

declare global {
  interface Window {
    /** Answers that the page's requests have got: status, and the title or the body. */
    results: string[];
    /** Codes with which `login()` has refused a challenge. */
    refusals: string[];
  }
}

/** Page that sends requests which an API answers with a challenge. */
export interface StepUpPage {
  /** Number of requests that a click sends at the same time; 1 by default. */
  readonly requests?: number;
  /**
   * Answer of the page to a challenge: a pop-up (default), a pop-up after a click on `#confirm`, the next session, a refusal, none, or
   * leaving the page for each challenge, from its first request on.
   */
  readonly answer?: 'popup' | 'click' | 'session' | 'refuse' | 'never' | 'leave';
}

const ANSWERS: Readonly<Record<NonNullable<StepUpPage['answer']>, string>> = {
  popup: '(challenge) => client.login(challenge, { popup: true }).catch(refused)',
  click: `(challenge) => new Promise((resolve, reject) => {
    document.querySelector('#confirm').hidden = false;
    document.querySelector('#confirm').onclick = () => client.login(challenge, { popup: true }).then(resolve, reject);
  })`,
  session: `() => new Promise((resolve) => {
    const { expiresAtMs } = client.session;
    client.subscribe((session) => session.expiresAtMs !== expiresAtMs && resolve());
  })`,
  refuse: "async () => { throw new Error('The user does not want to.'); }",
  never: '() => new Promise(() => {})',
  leave: '(challenge) => void client.login(challenge).catch(refused).catch(() => {})',
};

/** Opens the page, and waits until it has connected. */
export async function openStepUpPage(
  page: EngineTab,
  { app, api }: Pick<Stack, 'app' | 'api'>,
  { requests = 1, answer = 'popup' }: StepUpPage = {},
): Promise<void> {
  const script = connectScript();
  app.pages.set('/step-up.js', {
    ...script,
    body: `${script.body}
    const client = window.tokenward;
    window.results = [];
    window.refusals = [];
    const refused = (error) => { window.refusals.push(error.code); throw error; };
    client.onChallenge(${ANSWERS[answer]});
    const send = async () => {
      const response = await fetch('${api.url}/echo', { method: 'POST', body: 'hello' });
      const text = await response.text();
      window.results.push(response.status + ' ' + (response.ok ? text : JSON.parse(text).title));
    };
    document.querySelector('#send').onclick = () => { for (let n = 0; n < ${requests}; n += 1) void send(); };
    ${answer === 'leave' ? 'void send();' : ''}`,
  });
  app.pages.set('/step-up', {
    body: '<!doctype html><title>Step-up</title><button id="send">Send</button><button id="confirm" hidden>Confirm</button><script type="module" src="/step-up.js"></script>',
  });
  await page.goto(`${app.origin}/step-up`);
  if (answer !== 'leave') await connected(page);
}

/** Returns the answers that the page's requests have got. */
export function resultsOf(page: Evaluator): Promise<readonly string[]> {
  return page.evaluate(() => window.results);
}
