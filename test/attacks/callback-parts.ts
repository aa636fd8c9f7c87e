import { createHash } from 'node:crypto';
import type { CallbackFault } from './weak-callback.ts';

/** One part of an isolated callback, and the attacks that it could be in the way of. */
export interface CallbackPart {
  readonly name: string;
  /** Ids of attacks. */
  readonly attacks: readonly string[];
  /** Creates the answer without the part from an answer of the shipped callback. */
  readonly without?: (answer: Response) => Promise<Response>;
  /** Fault of the app's server, which gets a response that no worker takes. */
  readonly server?: CallbackFault;
}

const IN_FRAMES = ['C01', 'C02', 'C04', 'C06', 'C13', 'C20', 'C24', 'C68'] as const;
const IN_POP_UPS = ['C09', 'C12', 'C14', 'C22', 'C25', 'C70', 'C72'] as const;
const IN_OWN_TAB = ['C41', 'C49', 'C69', 'C75'] as const;

/** The parts of the shipped callback, and of the app's server behind it. */
export const CALLBACK_PARTS: readonly CallbackPart[] = [
  directive('script-src', ['C63', 'C68']),
  directive('form-action', ['C63', 'C71', 'C72']),
  directive('base-uri', ['C63', 'C68']),
  {
    name: '`frame-ancestors`, `X-Frame-Options`',
    attacks: IN_FRAMES,
    without: async (answer) => withoutHeader(withoutDirective(answer, 'frame-ancestors'), 'x-frame-options'),
  },
  header('Referrer-Policy', IN_OWN_TAB),
  header('Cache-Control', IN_OWN_TAB),
  header('X-Content-Type-Options', ['C67']),
  header('Cross-Origin-Resource-Policy', ['C64', 'C73', 'C74']),
  header('Cross-Origin-Opener-Policy', IN_POP_UPS),
  header('Origin-Agent-Cluster', IN_POP_UPS),
  script('the script runs while the document is parsed', IN_OWN_TAB, [
    ['(() => {', "addEventListener('load', () => {"],
    ['})();', '});'],
  ]),
  script('it clears its URL first', IN_OWN_TAB, [["history.replaceState(null, '', location.pathname);", '']]),
  script('it does nothing in a frame', IN_FRAMES, [['window !== window.top || ', '']]),
  script(
    'it takes parameters of known names alone',
    ['C63', 'C68'],
    [[/if \(!\[.*\]\.includes\(name\)\) continue;/, '']],
  ),
  script(
    'it calls the `submit()` of the prototype',
    ['C63'],
    [['HTMLFormElement.prototype.submit.call(form)', 'form.submit()']],
  ),
  { name: 'the app’s server does not repeat the response', attacks: ['C70'], server: 'repeats the response' },
  { name: 'the app’s server posts it nowhere', attacks: ['C71', 'C72'], server: 'posts the response on' },
];

function header(name: string, attacks: readonly string[]): CallbackPart {
  return { name: `\`${name}\``, attacks, without: async (answer) => withoutHeader(answer, name) };
}

function directive(name: string, attacks: readonly string[]): CallbackPart {
  return { name: `\`${name}\``, attacks, without: async (answer) => withoutDirective(answer, name) };
}

function withoutHeader(answer: Response, name: string): Response {
  const copy = new Response(answer.body, answer);
  copy.headers.delete(name);
  return copy;
}

/** Leaves a directive out; scripts are allowed then where that directive was about them. */
function withoutDirective(answer: Response, name: string): Response {
  const copy = new Response(answer.body, answer);
  const directives = (answer.headers.get('content-security-policy') ?? '').split('; ');
  const others = directives.filter((one) => !one.startsWith(`${name} `));
  const isAboutScripts = name === 'script-src';
  copy.headers.set(
    'content-security-policy',
    others
      .map((one) => (isAboutScripts && one.startsWith('default-src') ? "default-src 'unsafe-inline'" : one))
      .join('; '),
  );
  return copy;
}

/** Replaces something in the script of the document, and has the policy name its new hash. */
function script(
  name: string,
  attacks: readonly string[],
  changes: readonly (readonly [from: string | RegExp, to: string])[],
): CallbackPart {
  const without = async (answer: Response): Promise<Response> => {
    if (answer.status !== 200) return answer;
    const html = await answer.text();
    const [, old = ''] = /<script>([\s\S]*)<\/script>/.exec(html) ?? [];
    const changed = changes.reduce((text, [from, to]) => replaced(text, from, to), old);
    const copy = new Response(
      html.replace(old, () => changed),
      answer,
    );
    const policy = answer.headers.get('content-security-policy') ?? '';
    copy.headers.delete('content-length');
    copy.headers.set('content-security-policy', replaced(policy, hashSource(old), hashSource(changed)));
    return copy;
  };
  return { name, attacks, without };
}

/** @throws Error if there is nothing to replace: the part would be there still */
function replaced(text: string, from: string | RegExp, to: string): string {
  const changed = text.replace(from, () => to);
  if (changed === text) throw new Error(`The callback's document has no ${String(from)}.`);
  return changed;
}

function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
