import { type HeaderEntry, type HostFile, type HostSite, titleOf } from '../host-site.ts';
import { quoteForCaddy } from '../quote.ts';
import { refusalOf, WRITTEN } from '../wording.ts';

/** Creates the files for Caddy. */
export function createCaddyFiles(site: HostSite): readonly HostFile[] {
  return [{ name: 'Caddyfile', text: createCaddyfile(site) }];
}

function setHeaders(entries: readonly HeaderEntry[], indent: string): string {
  return entries.map(([name, value]) => `${indent}${name} ${quoteForCaddy(value)}`).join('\n');
}

function createCaddyfile(site: HostSite): string {
  const { addresses, workerHeaders, workerScript, policy, moduleHeaders, inertHeaders, documentHeaders } = site;
  const { origin, base, worker, callback, login, logout, session, modules, otherWorkers } = addresses;
  const others =
    otherWorkers.length === 0 ? '' : `\n    not vars {http.request.orig_uri.path} ${otherWorkers.join(' ')}`;
  const style = quoteForCaddy(styleOf(documentHeaders));
  // What of the policy is not of such a response, such as a report, was set before.
  const removed = policy.map(({ name }) => titleOf(name)).filter((name) => !inertHeaders.some(([own]) => own === name));
  const inert = [
    setHeaders(inertHeaders, '    ').replace(/style-src [^;]+/, 'style-src {args.0}'),
    ...removed.map((name) => `    -${name}`),
  ].join('\n');
  return `# Tokenward behind Caddy 2.6 or newer. See caddy.md.
# ${WRITTEN} Put this folder at /srv/tokenward.
# To adapt: the paths in /srv.

{
  # More than any browser sends. What is longer, Go answers by itself: script would plant cookies for the callback, and the code
  # would stay in the address of an error.
  servers {
    max_header_size 4MB
  }
}

(tokenward-inert) {
  header {
${inert}
  }
}

(tokenward-refusal) {
  header Content-Type "text/plain; charset=utf-8"
  respond ${quoteForCaddy(refusalOf(site))} 403
}

(tokenward-document) {
  request_header -If-None-Match
  request_header -If-Modified-Since
  header -Etag
  header -Last-Modified
  root * /srv/tokenward
  rewrite * {args.0}
  file_server {
    status {args.1}
  }
}

${new URL(origin).host} {
  # The browser's own request for the worker: the exact address, for path matchers ignore case and query. Page script can
  # set neither header. The modules that a module worker imports come with the mode "cors".
  @worker {
    method GET HEAD
    vars {http.request.orig_uri} ${worker}
    header Sec-Fetch-Dest serviceworker
    not header Sec-Fetch-Mode cors
  }
  @rogue {
    header Sec-Fetch-Dest serviceworker
    not header Sec-Fetch-Mode cors${others}
  }
  @script path ${worker}
  @callback ${site.callbackDocument === undefined ? `{\n    method POST\n    path ${callback}\n  }` : `path ${callback}`}
  @endpoints path ${login} ${logout}
  @session path ${session}
  @modules path ${modules.join(' ')}

  route {
    reverse_proxy @worker unix//run/caddy-tokenward.sock {
      handle_response {
        header Etag {rp.header.Tokenward-Release}
        header -Tokenward-Release
        copy_response
      }
    }

    # For every other response of the origin. The app's own policy is added to it with \`header +Content-Security-Policy\`. Vary
    # keeps the rule for other service workers in force where an HTTP cache answers.
    header {
${setHeaders(
  policy.map(({ name, value }) => [titleOf(name), value]),
  '      ',
)}
    }

    # No other service worker, at any scope, and no other use of this one's script.
    route @rogue {
      import tokenward-inert "'none'"
      import tokenward-refusal
    }
    route @script {
      import tokenward-inert "'none'"
      import tokenward-refusal
    }

${callbackRoute(site, style)}
    route @endpoints {
      import tokenward-inert ${style}
      import tokenward-document /endpoint.html 404
    }
    route @session {
      import tokenward-inert "'none'"
      header Content-Type application/problem+json
      respond \`${site.session}\` 404
    }

    # The modules for pages without a bundler.
    route @modules {
      header {
${setHeaders(moduleHeaders, '        ')}
      }
      root * /srv/tokenward
      uri strip_prefix ${base}tokenward
      file_server
    }

    root * /srv/app
${fallback(base)}
    file_server
  }
}

# Puts the secret before the script: 256 bits from the system. The entity tag is that of script and policy, without it;
# \`templates\` drops one that it finds, so it leaves under another name. No script holds these delimiters.
http:// {
  bind unix//run/caddy-tokenward.sock
  root * /srv/tokenward
  route {
    header {
      Content-Type text/javascript
${setHeaders(workerHeaders, '      ')}
    }
    templates {
      mime text/javascript
      between "<[tokenward" "]>"
    }
    respond \`<[tokenward- $script := include "/${workerScript.name}" -]>
      <[tokenward- $policy := .RespHeader.Get "Content-Security-Policy" -]>
      <[tokenward- $tag := printf "\\"%s\\"" (sha256sum (print $policy $script)) -]>
      <[tokenward- .RespHeader.Set "Tokenward-Release" (print "W/" $tag) -]>
      <[tokenward- $field := .Req.Header.Get "If-None-Match" -]>
      <[tokenward- if or (contains $tag $field) (eq "*" (trim $field)) -]><[tokenward httpError 304 ]><[tokenward- end -]>
      self.__tokenwardSecret="<[tokenward randBytes 32 | replace "+" "-" | replace "/" "_" | trimSuffix "=" ]>";<[tokenward $script ]>\`
  }
}
`;
}

/** Route of the callback, for when the worker did not take the navigation. */
function callbackRoute({ addresses, callbackDocument }: HostSite, style: string): string {
  const clean = `${addresses.callback}?_#_ 303`;
  if (callbackDocument === undefined) {
    return `    # The redirect URI is a page of the app. A response that is posted, and that the worker did not take, is discarded.
    route @callback {
      import tokenward-inert "'none'"
      redir * ${clean}
    }`;
  }
  return `    # The redirect URI, for when the worker did not take the navigation. No frame-ancestors, no X-Frame-Options.
    route @callback {
      import tokenward-inert ${style}
      # Its document stands at an address without a code.
      @asked not vars {http.request.orig_uri} ${addresses.callback}?_
      redir @asked ${clean}
      import tokenward-document /callback.html 200
    }`;
}

/** Addresses without a file are pages of the app. */
function fallback(base: string): string {
  if (base === '/') return '    try_files {path} /index.html';
  return `    route ${base}* {\n      try_files {path} ${base}index.html\n    }`;
}

/** Returns the source of the documents' style. */
export function styleOf(headers: readonly HeaderEntry[]): string {
  const policy = headers.find(([name]) => name === 'Content-Security-Policy')?.[1] ?? '';
  return /style-src ([^;]+)/.exec(policy)?.[1] ?? "'none'";
}
