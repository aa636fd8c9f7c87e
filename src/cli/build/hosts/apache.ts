import type { SecurityHeader } from '../../../server/gate-header.ts';
import { type HeaderEntry, type HostFile, type HostSite, titleOf } from '../host-site.ts';
import { patternOf, quoteForApache, quoteForShell } from '../quote.ts';
import { refusalOf, WRITTEN } from '../wording.ts';

/** Creates the files for Apache httpd. */
export function createApacheFiles(site: HostSite): readonly HostFile[] {
  return [
    { name: 'apache.conf', text: createConfiguration(site) },
    { name: 'apache-cgi.sh', text: createProgram(site), isExecutable: true },
    { name: 'apache-early.asis', text: createEarlyResponse(site) },
  ];
}

function createConfiguration({ addresses, policy, moduleHeaders, callbackDocument }: HostSite): string {
  const { origin, base, worker, callback, login, logout, session, modules, otherWorkers } = addresses;
  const { hostname, port } = new URL(origin);
  const answer = (path: string, name: string): string =>
    `  RewriteRule "^${path}$" /.tokenward/answer [PT,L,E=TOKENWARD:${name}]`;
  const others = otherWorkers.map((path) => `  RewriteCond %{THE_REQUEST} "!^[A-Z]+ ${patternOf(path)}[? ]"\n`);
  return `# Tokenward behind Apache httpd 2.4: a virtual host, such as /etc/apache2/sites-available/app.conf. See apache.md.
# ${WRITTEN} Put this folder at /srv/tokenward.
# To adapt: the certificate, and the paths in /srv.

<VirtualHost *:${port || '443'}>
  ServerName ${hostname}
  SSLEngine on
  SSLCertificateFile    /etc/ssl/${hostname}.pem
  SSLCertificateKeyFile /etc/ssl/private/${hostname}.key
  DocumentRoot /srv/app

  # What is Tokenward's, the script in /srv/tokenward answers, with headers of its own. Page script can set none of the headers
  # that are looked at. The modules that a module worker imports come with the mode "cors".
  ScriptAlias "/.tokenward/answer" "/srv/tokenward/apache-cgi.sh"
  RewriteEngine On
  RewriteCond %{ENV:REDIRECT_STATUS} ^(?:400|414|431)$
  RewriteCond %{THE_REQUEST} "^[A-Z]+ ${patternOf(callback)}[? ]"
  RewriteRule "^/\\.tokenward/early$" - [PT,L,E=TOKENWARD:early]
  RewriteCond %{ENV:REDIRECT_STATUS} ^(?:400|414|431)$
  RewriteRule "^/\\.tokenward/early$" - [R=400,L]
  RewriteRule "^/\\.tokenward/" - [R=404,L]

  RewriteCond %{HTTP:Sec-Fetch-Dest} =serviceworker [NV]
  RewriteCond %{HTTP:Sec-Fetch-Mode} !=cors [NV]
  RewriteCond %{THE_REQUEST} "^(?:GET|HEAD) ${patternOf(worker)} HTTP/"
  RewriteRule ^ /.tokenward/answer [PT,L,E=TOKENWARD:worker]
  # No other service worker, at any scope, and the worker's script for nothing else.
  RewriteCond %{HTTP:Sec-Fetch-Dest} =serviceworker [NV]
  RewriteCond %{HTTP:Sec-Fetch-Mode} !=cors [NV]
${others.join('')}  RewriteRule ^ /.tokenward/answer [PT,L,E=TOKENWARD:refused]
${answer(patternOf(worker), 'refused')}
${callbackDocument === undefined ? '  # The redirect URI is a page of the app. Only what is posted there is discarded.\n  RewriteCond %{REQUEST_METHOD} =POST\n' : ''}${answer(patternOf(callback), 'callback')}
${answer(`(?:${patternOf(login)}|${patternOf(logout)})`, 'endpoint')}
${answer(patternOf(session), 'session')}

  # Cookies or a URL that are too long, and what is no request. Script plants cookies for the callback: an error there would leave
  # a code in the address of a document. Apache runs no program for these answers, so they are a file with its own headers. The limit
  # is more than any browser sends in cookies; of the hosts at a port, the first one's counts.
  LimitRequestFieldSize 2097152
  ErrorDocument 400 /.tokenward/early
  ErrorDocument 414 /.tokenward/early
  ErrorDocument 431 /.tokenward/early
  Alias "/.tokenward/early" "/srv/tokenward/apache-early.asis"
  # A program gets no variable of that length.
  RequestHeader unset Cookie env=TOKENWARD

  # For every other response of the origin, errors too. Vary keeps the rule for other service workers in force where an HTTP cache
  # answers.
${policy.map(policyLine).join('\n')}

  # The modules for pages without a bundler.
${modules.map((path) => `  Alias "${path}" "/srv/tokenward/${path.split('/').at(-1)}"`).join('\n')}
  <LocationMatch "^${patternOf(base)}tokenward/(?:auto|page)\\.js$">
    ForceType text/javascript
${moduleHeaders.map(([name, value]) => `    Header always set ${name} ${quoteForApache(value)}`).join('\n')}
  </LocationMatch>

  <Directory "/srv/tokenward">
    Require all granted
    Options +ExecCGI
    # The script that it sends has another secret each time: no part of it, and nothing compressed, whose tag would be another.
    MaxRanges none
    SetEnv no-gzip
    SetEnv no-brotli
    AddHandler send-as-is asis
  </Directory>
  <Directory "/srv/app">
    Require all granted
  </Directory>
  <Directory "/srv/app${base.replace(/\/$/, '')}">
    FallbackResource ${base}index.html
  </Directory>
</VirtualHost>
`;
}

function policyLine({ name, value, merge }: SecurityHeader): string {
  const append = name === 'vary' ? 'merge' : 'append';
  const action = merge === 'set' ? 'set' : append;
  return `  Header always ${action} ${titleOf(name)} ${quoteForApache(value)} env=!TOKENWARD`;
}

/** Creates the program that answers Tokenward's own requests. */
function createProgram(site: HostSite): string {
  const { addresses, workerScript, workerHeaders, inertHeaders, documentHeaders, callbackDocument } = site;
  const redirect = `printf '%s\\n' ${quoteForShell(`Location: ${addresses.callback}?_#_`)} ''`;
  return `#!/bin/sh
# What Apache answers where Tokenward's worker is served, and where it takes navigations once it runs.
# ${WRITTEN}
folder=\${0%/*}

# inert STATUS TYPE: the headers of what is no part of the app. No script runs in it or reads it.
inert() {
  printf '%s\\n' "Status: $1" "Content-Type: $2" \\
${printed(inertHeaders)}
}
# document STATUS: the headers of a document, which has a style.
document() {
  printf '%s\\n' "Status: $1" 'Content-Type: text/html; charset=utf-8' \\
${printed(documentHeaders)}
}

case $TOKENWARD in
worker)
  # 256 bits of the system's generator. Where they cannot be had, nothing is served.
  secret=$(od -An -v -tx1 -N32 /dev/urandom | tr -d ' \\n')
  [ \${#secret} -eq 64 ] && [ -r "$folder/${workerScript.name}" ] || exit 1
  # The tag is of script and headers, and weak, since the secret is not in it.
  tag=$(cat "$folder/${workerScript.name}" "$0" | sha256sum | cut -c1-64)
  printf '%s\\n' 'Content-Type: text/javascript' "ETag: W/\\"$tag\\"" \\
${printed(workerHeaders)} ''
  printf 'self.__tokenwardSecret="%s";' "$secret"
  exec cat "$folder/${workerScript.name}"
  ;;
callback)
${
  callbackDocument === undefined
    ? `  document 303\n  ${redirect}`
    : `  # Its document stands at an address without a code.
  if [ "$QUERY_STRING" != _ ]; then
    document 303
    ${redirect}
    exit
  fi
  document 200
  echo
  exec cat "$folder/callback.html"`
}
  ;;
endpoint)
  document 404
  echo
  exec cat "$folder/endpoint.html"
  ;;
session)
  inert 404 application/problem+json
  echo
  printf '%s\\n' ${quoteForShell(site.session.trimEnd())}
  ;;
*)
  inert 403 'text/plain; charset=utf-8'
  echo
  printf '%s\\n' ${quoteForShell(refusalOf(site))}
  ;;
esac
`;
}

/** Returns headers as arguments of `printf`, one on each line. */
function printed(entries: readonly HeaderEntry[]): string {
  return entries.map(([name, value]) => `    ${quoteForShell(`${name}: ${value}`)}`).join(' \\\n');
}

/** Creates the file for requests that Apache refuses before it has read them. */
function createEarlyResponse({ addresses, inertHeaders }: HostSite): string {
  return [
    'Status: 303 See Other',
    `Location: ${addresses.origin}${addresses.callback}?_#_`,
    'Clear-Site-Data: "cookies"',
    'Content-Type: text/plain',
    ...inertHeaders.map(([name, value]) => `${name}: ${value}`),
    '',
    '',
  ].join('\n');
}
