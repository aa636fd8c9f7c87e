import { type HeaderEntry, type HostFile, type HostSite, titleOf } from '../host-site.ts';
import { WRITTEN } from '../wording.ts';

/**
 * Creates the files for a host that only serves files, and the headers for one that reads `_headers`.
 *
 * @throws Error that names the option whose path is not below the app's
 */
export function createStaticFiles(site: HostSite): readonly HostFile[] {
  const { worker, callback, login, logout, base, modules } = site.addresses;
  const place = (path: string, option: string): string => {
    if (path.startsWith(base)) return path.slice(base.length);
    throw new Error(`A folder for ${base} cannot hold ${path}: choose ${option} below "base".`);
  };
  const { callbackDocument, endpointDocument, workerScript } = site;
  return [
    { name: place(worker, 'worker.path'), text: workerScript.text },
    ...site.modules.map(({ text }, index) => ({ name: place(modules[index] ?? '', 'base'), text })),
    ...(callbackDocument === undefined
      ? []
      : [{ name: `${place(callback, 'redirectUri')}.html`, text: callbackDocument.text }]),
    ...[login, logout].map((path) => ({ name: `${place(path, 'endpointPath')}.html`, text: endpointDocument.text })),
    { name: '_headers', text: createHeaders(site) },
  ];
}

function createHeaders(site: HostSite): string {
  const { worker, callback, login, logout } = site.addresses;
  const policy = site.policy.map(({ name, value }): HeaderEntry => [titleOf(name), value]);
  const callbacks = site.callbackDocument === undefined ? [] : [callback];
  // A host joins the values of all rules. A line with "!" removes what earlier rules have said.
  const special = (path: string, entries: readonly HeaderEntry[]): string => {
    const changed = entries.filter(([name, value]) => !policy.some((entry) => entry[0] === name && entry[1] === value));
    const replaced = changed.filter(([name]) => policy.some((entry) => entry[0] === name));
    return [path, ...replaced.map(([name]) => `  ! ${name}`), ...changed.map(formatHeader)].join('\n');
  };
  return `# Headers for Cloudflare Pages, and for hosts that read this file in the same way.
# ${WRITTEN}
${['/*', ...policy.map(formatHeader)].join('\n')}
${special(worker, site.workerHeaders)}
${[...callbacks, login, logout].map((path) => special(path, site.documentHeaders)).join('\n')}
`;
}

function formatHeader([name, value]: HeaderEntry): string {
  return `  ${name}: ${value}`;
}
