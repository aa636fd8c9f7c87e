import type { HostSite } from './host-site.ts';

/** Sentence at the top of a file that is not to be edited. */
export const WRITTEN = 'Written by tokenward build from tokenward.config: change that file, and write this one again.';

/** Returns the text of the refusal of a script, for a developer who reads it in the tools of the browser. */
export function refusalOf({ addresses }: HostSite): string {
  return (
    `Refused: this origin gives one script to browsers as a service worker, ${addresses.worker}, and gives it to nothing else ` +
    '(Sec-Fetch-Dest: serviceworker over https or localhost).'
  );
}
