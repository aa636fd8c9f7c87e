import { type CallbackDocumentOptions, createCallbackDocument } from './callback-document.ts';

/** A file of the callback's origin, or the configuration of a server for it. */
export interface CallbackFile {
  readonly name: string;
  readonly text: string;
}

const NOT_FOUND = '<!doctype html>\n<html lang="en">\n<title>Not found</title>\n<p>Not found.</p>\n</html>\n';

/**
 * Creates the files of an isolated callback: the document, and its headers for Netlify and Cloudflare Pages (`_headers`), nginx,
 * Caddy and Apache. All answers of the origin carry the headers.
 *
 * @throws TypeError if a URL is not usable, or if the redirect URI has a path: static hosts redirect other paths than `/`
 */
export async function createCallbackFiles(options: CallbackDocumentOptions): Promise<readonly CallbackFile[]> {
  const { path, body, headers } = await createCallbackDocument(options);
  if (path !== '/') throw new TypeError(`The redirect URI must be the root of its origin; its path is ${path}.`);
  const { hostname } = new URL(options.redirectUri);
  const entries = Object.entries(headers);
  return [
    { name: 'site/index.html', text: body },
    { name: 'site/404.html', text: NOT_FOUND },
    { name: 'site/_headers', text: ['/*', ...entries.map(([name, value]) => `  ${name}: ${value}`), ''].join('\n') },
    { name: 'nginx.conf', text: createNginxConfiguration(hostname, entries) },
    { name: 'Caddyfile', text: createCaddyfile(new URL(options.redirectUri).host, entries) },
    { name: 'apache.conf', text: createApacheConfiguration(hostname, entries) },
  ];
}

type HeaderEntries = readonly (readonly [name: string, value: string])[];

function createNginxConfiguration(hostname: string, entries: HeaderEntries): string {
  return `# The origin of the isolated callback, for nginx. To adapt: the certificate, and the folder.
server {
  listen 443 ssl;
  server_name ${hostname};
  ssl_certificate     /etc/ssl/${hostname}.pem;
  ssl_certificate_key /etc/ssl/private/${hostname}.key;
  root /srv/tokenward-callback/site;
  # The query holds the authorization response.
  access_log off;
  log_not_found off;
  etag off;

${entries.map(([name, value]) => `  add_header ${name} "${value}" always;`).join('\n')}
  add_header Last-Modified "";

  location = / {
    try_files /index.html =404;
  }
  location / {
    return 404;
  }
}
`;
}

function createCaddyfile(host: string, entries: HeaderEntries): string {
  return `# The origin of the isolated callback, for Caddy. To adapt: the folder.
${host} {
  route {
    header {
${entries.map(([name, value]) => `      ${name} "${value}"`).join('\n')}
      -Etag
      -Last-Modified
    }
    @document {
      method GET HEAD
      path /
    }
    handle @document {
      root * /srv/tokenward-callback/site
      rewrite * /index.html
      file_server
    }
    respond 404
  }
}
`;
}

function createApacheConfiguration(hostname: string, entries: HeaderEntries): string {
  const headers = entries.map(([name, value]) => `  Header always set ${name} "${value}"`);
  return `# The origin of the isolated callback, for Apache httpd 2.4. To adapt: the certificate, and the folder.
<VirtualHost *:443>
  ServerName ${hostname}
  SSLEngine on
  SSLCertificateFile    /etc/ssl/${hostname}.pem
  SSLCertificateKeyFile /etc/ssl/private/${hostname}.key
  DocumentRoot /srv/tokenward-callback/site
  # The query holds the authorization response.
  CustomLog /dev/null common

${headers.join('\n')}
  Header unset Last-Modified
  FileETag None

  RewriteEngine On
  RewriteCond %{REQUEST_METHOD} !^(?:GET|HEAD)$
  RewriteRule ^ - [R=405,L]
  RewriteRule "^/$" /index.html [L]
  RewriteRule ^ - [R=404,L]

  <Directory "/srv/tokenward-callback/site">
    Require all granted
  </Directory>
</VirtualHost>
`;
}
