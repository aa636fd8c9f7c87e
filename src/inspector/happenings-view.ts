import { html } from './build-element.ts';
import type { Happening } from './record.ts';
import type { View } from './time-line-view.ts';
import { clockTime } from './wording.ts';

/** Creates the list of events of session and worker, the newest first. */
export function createHappeningsView(): View {
  let shown: readonly Happening[] | undefined;
  const list = html('ol');
  const element = html('section', { class: 'happenings', 'aria-labelledby': 'happenings-title' }, [
    html('h3', { id: 'happenings-title' }, 'What happened'),
    html('div', { class: 'scroll', role: 'group', tabindex: 0, 'aria-labelledby': 'happenings-title' }, [list]),
  ]);
  return {
    element,
    show: ({ happenings }) => {
      if (happenings === shown) return;
      shown = happenings;
      list.replaceChildren();
      for (const { atMs, text } of happenings) {
        const time = html('time', { datetime: new Date(atMs).toISOString() }, clockTime(atMs));
        list.prepend(html('li', {}, [time, ` ${text}`]));
      }
    },
  };
}
