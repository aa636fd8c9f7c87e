#!/bin/sh
# What Apache answers where Tokenward's worker is served, and where it takes navigations once it runs.
# Written by tokenward build from tokenward.config: change that file, and write this one again.
folder=${0%/*}

# inert STATUS TYPE: the headers of what is no part of the app. No script runs in it or reads it.
inert() {
  printf '%s\n' "Status: $1" "Content-Type: $2" \
    'Cache-Control: no-store' \
    "Content-Security-Policy: sandbox; default-src 'none'; style-src 'none'; base-uri 'none'; form-action 'none'" \
    'Cross-Origin-Opener-Policy: same-origin' \
    'Referrer-Policy: no-referrer' \
    'Vary: Sec-Fetch-Dest' \
    'X-Content-Type-Options: nosniff'
}
# document STATUS: the headers of a document, which has a style.
document() {
  printf '%s\n' "Status: $1" 'Content-Type: text/html; charset=utf-8' \
    'Cache-Control: no-store' \
    "Content-Security-Policy: sandbox; default-src 'none'; style-src 'sha256-7QY5/MiUsjgSEwpCvB9ZHzAELU1kFeLqzF2g4wqIDNc='; base-uri 'none'; form-action 'none'" \
    'Cross-Origin-Opener-Policy: same-origin' \
    'Referrer-Policy: no-referrer' \
    'Vary: Sec-Fetch-Dest' \
    'X-Content-Type-Options: nosniff'
}

case $TOKENWARD in
worker)
  # 256 bits of the system's generator. Where they cannot be had, nothing is served.
  secret=$(od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n')
  [ ${#secret} -eq 64 ] && [ -r "$folder/tokenward-sw.js" ] || exit 1
  # The tag is of script and headers, and weak, since the secret is not in it.
  tag=$(cat "$folder/tokenward-sw.js" "$0" | sha256sum | cut -c1-64)
  printf '%s\n' 'Content-Type: text/javascript' "ETag: W/\"$tag\"" \
    'Cache-Control: private, no-cache' \
    "Content-Security-Policy: default-src 'none'; script-src 'self'; connect-src https://login.example https://api.example" \
    'Referrer-Policy: strict-origin-when-cross-origin' \
    'Vary: Sec-Fetch-Dest' \
    'X-Content-Type-Options: nosniff' ''
  printf 'self.__tokenwardSecret="%s";' "$secret"
  exec cat "$folder/tokenward-sw.js"
  ;;
callback)
  # Its document stands at an address without a code.
  if [ "$QUERY_STRING" != _ ]; then
    document 303
    printf '%s\n' 'Location: /auth/callback?_#_' ''
    exit
  fi
  document 200
  echo
  exec cat "$folder/callback.html"
  ;;
endpoint)
  document 404
  echo
  exec cat "$folder/endpoint.html"
  ;;
session)
  inert 404 application/problem+json
  echo
  printf '%s\n' '{"type":"about:blank","title":"No service worker answered","status":404,"detail":"The session is in the service worker, which does not control this page yet. Call connect() first."}'
  ;;
*)
  inert 403 'text/plain; charset=utf-8'
  echo
  printf '%s\n' 'Refused: this origin gives one script to browsers as a service worker, /tokenward-sw.js, and gives it to nothing else (Sec-Fetch-Dest: serviceworker over https or localhost).'
  ;;
esac
