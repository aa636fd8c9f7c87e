import { DESTINATIONS, type Explanation, type RequestSketch } from '../protocol/explanation.ts';
import { html } from './build-element.ts';
import { ACTIONS, REASONS, RENEWALS, requirementOf } from './wording.ts';

/**
 * Creates the form that explains how the worker would treat a request. Nothing is sent.
 *
 * @param explain asks the worker
 */
export function createExplainView(explain: (sketch: RequestSketch) => Promise<Explanation>): HTMLElement {
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
  const method = html(
    'select',
    { 'aria-label': 'Method' },
    methods.map((name) => html('option', {}, name)),
  );
  const url = html('input', {
    'aria-label': 'URL',
    placeholder: 'https://… or a path of this origin',
    required: true,
    spellcheck: 'false',
    autocomplete: 'off',
  });
  const destination = html('select', { 'aria-label': 'Kind of request' }, [
    html('option', { value: '' }, 'by script'),
    ...DESTINATIONS.map((name) => html('option', { value: name }, `as ${name}`)),
  ]);
  const own = html('input', { type: 'checkbox' });
  const answer = html('p', { class: 'explained', role: 'status' });
  const form = html('form', {}, [
    html('div', { class: 'fields' }, [method, url, destination, html('button', {}, 'Explain')]),
    html('label', { class: 'own' }, [own, ' with an Authorization header of its own']),
  ]);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const sketch = { method: method.value, destination: destination.value, hasAuthorization: own.checked };
    void describe(url.value, sketch, explain).then((parts) => answer.replaceChildren(...parts));
  });
  return html('section', { class: 'explain', 'aria-labelledby': 'explain-title' }, [
    html('h3', { id: 'explain-title' }, 'Which rule would apply?'),
    form,
    answer,
  ]);
}

async function describe(
  text: string,
  sketch: Omit<RequestSketch, 'url'>,
  explain: (sketch: RequestSketch) => Promise<Explanation>,
): Promise<readonly (Node | string)[]> {
  if (!URL.canParse(text, document.baseURI)) return [html('b', {}, 'No URL.')];
  try {
    const { href: url } = new URL(text, document.baseURI);
    const { action, reason, rule, renewOn, challenge } = await explain({ url, ...sketch });
    const parts = [
      html('b', { 'data-action': action, 'data-reason': reason }, ACTIONS[action]),
      ` ${REASONS[reason]} `,
    ];
    if (rule === undefined) return parts;
    const renewal = renewOn === undefined ? '' : `, ${RENEWALS[renewOn]}`;
    const required = challenge ? `. The last such request met ${requirementOf(challenge)}` : '';
    return [...parts, html('code', {}, rule), renewal + required];
  } catch (error) {
    return [html('b', {}, 'No answer.'), ` ${error instanceof Error ? error.message : String(error)}`];
  }
}
