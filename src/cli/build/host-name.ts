/** Names of the hosts. */
export const HOST_NAMES = [
  'nginx',
  'caddy',
  'apache',
  'netlify',
  'cloudflare',
  'vercel',
  'firebase',
  'static',
] as const;

/** Name of a host. */
export type HostName = (typeof HOST_NAMES)[number];

const USES: Readonly<Record<HostName, string>> = {
  nginx: 'Put the folder at /srv/tokenward, and nginx.conf into the http context of nginx.',
  caddy: 'Put the folder at /srv/tokenward, and run Caddy with its Caddyfile.',
  apache: 'Put the folder at /srv/tokenward, and apache.conf among the sites of Apache.',
  netlify: 'Copy the folder netlify to the root of the site, which has tokenward among its dependencies.',
  cloudflare: 'Deploy with wrangler.json, whose assets.directory names the built app.',
  vercel: 'Copy the files to the root of the project, which has tokenward among its dependencies.',
  firebase:
    'Copy the files to the root of the project, and add tokenward to the dependencies of functions/package.json.',
  static:
    'Copy the files into the folder of the built app. The worker keeps tokens in its memory only, because a host for files cannot ' +
    'give it a secret.',
};

/** Returns the next step. */
export function describeUse(host: HostName): string {
  return USES[host];
}
