#!/bin/sh
# What Apache answers where Tokenward's worker is served, and where it takes navigations once it runs: /srv/tokenward/apache-cgi.sh.
# To adapt: login.example (authorization server), api.example (protected resource), and the path of the worker script.
script=/srv/app/tokenward-sw.js
policy="default-src 'none'; script-src 'self'; connect-src https://login.example https://api.example"

# inert STATUS TYPE STYLE: the headers of what is no part of the app. No script runs in it or reads it.
inert() {
  printf '%s\n' "Status: $1" "Content-Type: $2" \
    "Content-Security-Policy: sandbox; default-src 'none'; style-src $3; base-uri 'none'; form-action 'none'" \
    'Cross-Origin-Opener-Policy: same-origin' 'Referrer-Policy: no-referrer' 'Cache-Control: no-store' \
    'X-Content-Type-Options: nosniff' 'Vary: Sec-Fetch-Dest'
}
style="'sha256-7QY5/MiUsjgSEwpCvB9ZHzAELU1kFeLqzF2g4wqIDNc='"

case $TOKENWARD in
worker)
  # 256 bits of the system's generator. Where they cannot be had, nothing is served.
  secret=$(od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n')
  [ ${#secret} -eq 64 ] && [ -r "$script" ] || exit 1
  # The tag is of script and headers, and weak, since the secret is not in it.
  tag=$(cat "$script" "$0" | sha256sum | cut -c1-64)
  printf '%s\n' 'Content-Type: text/javascript' "ETag: W/\"$tag\"" 'Vary: Sec-Fetch-Dest' \
    'Cache-Control: private, no-cache' "Content-Security-Policy: $policy" \
    'Referrer-Policy: strict-origin-when-cross-origin' 'X-Content-Type-Options: nosniff' ''
  printf 'self.__tokenwardSecret="%s";' "$secret"
  exec cat "$script"
  ;;
callback)
  # Its document stands at an address without a code.
  if [ "$QUERY_STRING" != _ ]; then
    inert 303 'text/html; charset=utf-8' "$style"
    printf '%s\n' 'Location: /auth/callback?_#_' ''
    exit
  fi
  inert 200 'text/html; charset=utf-8' "$style"
  echo
  exec cat "${0%/*}/callback.html"
  ;;
endpoint)
  inert 404 'text/html; charset=utf-8' "$style"
  echo
  exec cat "${0%/*}/endpoint.html"
  ;;
session)
  inert 404 application/problem+json "'none'"
  echo
  echo '{"type":"about:blank","title":"No service worker answered","status":404,"detail":"The session is in the service worker, which does not control this page yet. Call connect() first."}'
  ;;
*)
  inert 403 'text/plain; charset=utf-8' "'none'"
  echo
  echo 'Refused: this origin gives one script to browsers as a service worker, /tokenward-sw.js, and gives it to nothing else (Sec-Fetch-Dest: serviceworker over https or localhost).'
  ;;
esac
