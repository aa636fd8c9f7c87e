import type { HeaderEntry, HostFile, HostSite } from '../host-site.ts';
import { titleOf } from '../host-site.ts';
import { patternOf, quoteForNginx } from '../quote.ts';
import { refusalOf, WRITTEN } from '../wording.ts';

/** Creates the files for nginx. */
export function createNginxFiles(site: HostSite): readonly HostFile[] {
  return [{ name: 'nginx.conf', text: createConfiguration(site) }];
}

/** Returns the lines that add headers, also to errors. */
function addHeaders(entries: readonly HeaderEntry[], indent = '    '): string {
  return entries.map(([name, value]) => `${indent}add_header ${name} ${quoteForNginx(value)} always;`).join('\n');
}

function createConfiguration(site: HostSite): string {
  const { addresses, workerHeaders, workerScript, policy, moduleHeaders, inertHeaders, documentHeaders } = site;
  const { origin, base, worker, callback, login, logout, session } = addresses;
  const { hostname, port } = new URL(origin);
  const policyHeaders = policy.map(({ name, value }): HeaderEntry => [titleOf(name), value]);
  const inert = addHeaders(inertHeaders);
  const clean = `${callback}?_#_`;
  return `# Tokenward behind nginx: a file for the http context, such as /etc/nginx/conf.d/app.conf. See nginx.md.
# ${WRITTEN} Put this folder at /srv/tokenward.
# To adapt: the certificate, and the paths in /srv.

# What a request for a script is: the worker's own, that of another worker, or neither. Page script can set none of these
# headers. The modules that a module worker imports come with the mode "cors".
map "$request_method:$http_sec_fetch_dest:$http_sec_fetch_mode:$request_uri" $tokenward_request {
  default other;
  "~^[A-Z]+:serviceworker:cors:" other;
  "~^(?:GET|HEAD):serviceworker:[^:]*:${patternOf(worker)}$" worker;
${addresses.otherWorkers.map((path) => `  "~^[A-Z]+:serviceworker:[^:]*:${patternOf(path)}(?:\\?|$)" other;\n`).join('')}  "~^[A-Z]+:serviceworker:" rogue;
}

# Where nginx goes on with a request whose head it refuses, by the first line of it: the callback has an answer of its own.
map $request $tokenward_early {
  default /.tokenward/early;
  "~^[A-Z]+ ${patternOf(callback)}[? ]" /.tokenward/early-callback;
}

# The redirect alone clears cookies: script cannot ask for its address.
map $status $tokenward_clear {
  303 '"cookies"';
}

server {
  listen ${port || '443'} ssl;
  server_name ${hostname};
  ssl_certificate     /etc/ssl/${hostname}.pem;
  ssl_certificate_key /etc/ssl/private/${hostname}.key;
  root /srv/app;

  # For every response of the origin. A location with an add_header of its own must repeat these lines. Vary keeps the rule for
  # other service workers in force where an HTTP cache answers.
${addHeaders(policyHeaders, '  ')}

  # No other service worker, at any scope.
  if ($tokenward_request = rogue) {
    rewrite ^ /.tokenward/refused last;
  }

  location = ${worker} {
    if ($tokenward_request != worker) {
      rewrite ^ /.tokenward/refused last;
    }

    # One half of the secret is drawn here, the other by the server below, which puts them before the script.
    proxy_pass http://unix:/run/nginx-tokenward.sock:/${workerScript.name};
    proxy_set_header Tokenward-Half $request_id;
    proxy_set_header Connection "";
    # Cookies that script has planted must not keep the worker from an update.
    proxy_set_header Cookie "";
    proxy_http_version 1.1;
    proxy_cache off;
    # Nor may a half of it stand in a log.
    access_log off;

${addHeaders(workerHeaders).replaceAll(' always;', ';')}
  }

  location = /.tokenward/refused {
    internal;
    default_type "text/plain; charset=utf-8";
${inert}
    return 403 "${refusalOf(site)}\\n";
  }

${callbackLocations(site)}

  # More than any browser sends: over HTTP/2, nginx ends the connection where there is more, and answers nothing.
  large_client_header_buffers 8 256k;

  # Cookies or a URL that are too long, and what is no request. Script plants cookies for the callback: an error there would leave
  # a code in the address of a document. The redirect clears the cookies of the site, which would be refused again and again.
  error_page 400 414 431 494 = $tokenward_early;

  location = /.tokenward/early-callback {
    internal;
    absolute_redirect off;
    add_header Clear-Site-Data $tokenward_clear always;
${inert}
    return 303 ${clean};
  }

  location = /.tokenward/early {
    internal;
    default_type "text/plain; charset=utf-8";
${inert}
    return 400 "Bad request.\\n";
  }

  location ~ ^(?:${patternOf(login)}|${patternOf(logout)})$ {
    error_page 404 /.tokenward/endpoint;
    return 404;
  }

  location = /.tokenward/endpoint {
    internal;
${documentOf('endpoint.html')}
${addHeaders(documentHeaders)}
  }

  location = ${session} {
    default_type application/problem+json;
${inert}
    return 404 '${site.session.trimEnd()}\\n';
  }

  # The modules for pages without a bundler.
  location ~ ^${patternOf(base)}tokenward/(auto|page)\\.js$ {
    alias /srv/tokenward/$1.js;
    default_type text/javascript;
    types { }
${addHeaders([...moduleHeaders, ...policyHeaders])}
  }

${appLocations(base)}
}

# Puts the secret before the script: 2 × 128 bits from the system's OpenSSL, 64 characters. Only the server above gets here.
server {
  listen unix:/run/nginx-tokenward.sock;
  access_log off;

  location = /${workerScript.name} {
    root /srv/tokenward;
    default_type text/javascript;
    types { }
    # The entity tag is that of the file, and weak, since the secret is not in it.
    add_header Last-Modified "";
    add_before_body /secret;
    addition_types text/javascript;
  }

  location = /secret {
    internal;
    default_type text/javascript;
    return 200 'self.__tokenwardSecret="$http_tokenward_half$request_id";';
  }
}
`;
}

/** Locations of the callback, for when the worker did not take the navigation. */
function callbackLocations({ addresses, callbackDocument, documentHeaders, inertHeaders }: HostSite): string {
  const { base, callback } = addresses;
  const clean = `return 303 ${callback}?_#_;`;
  if (callbackDocument === undefined) {
    return `  # The redirect URI is a page of the app. A response that is posted, and that the worker did not take, is discarded.
  location = ${callback} {
    if ($request_method = POST) {
      rewrite ^ /.tokenward/discarded last;
    }
    try_files $uri ${base}index.html;
  }

  location = /.tokenward/discarded {
    internal;
    absolute_redirect off;
${addHeaders(inertHeaders)}
    ${clean}
  }`;
  }
  return `  # The redirect URI, for when the worker did not take the navigation. No frame-ancestors, no X-Frame-Options.
  location = ${callback} {
    # Its document stands at an address without a code.
    if ($args != _) {
      ${clean}
    }
    absolute_redirect off;
${documentOf('callback.html')}
${addHeaders(documentHeaders)}
  }`;
}

/** Lines of a location that serves a document, whatever the request says of other versions. */
function documentOf(file: string): string {
  return `    alias /srv/tokenward/${file};
    default_type "text/html; charset=utf-8";
    types { }
    etag off;
    add_header Last-Modified "";`;
}

/** Locations of the app's files; below a path, the rest of the origin has files of its own. */
function appLocations(base: string): string {
  const app = `  location ${base} {
    try_files $uri ${base}index.html;
  }`;
  return base === '/' ? app : `${app}\n\n  location / {\n    try_files $uri $uri/index.html =404;\n  }`;
}
