import { createHash, X509Certificate } from 'node:crypto';

/** A certificate for localhost that nobody vouches for, and its key: browsers stream uploads over HTTP/2 only, and that over TLS. */
export const LOCALHOST_CERTIFICATE = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgdRTDdn8o1HUNkISF
BaCGNFuSABGbu17UZyWahQOw+XuhRANCAAQiRkZUb6evViAD/KB0fMHaO0ihlZZV
M0tILmkW7R0EaEjWk+jC5HztqOcAyJXy9SeFPdpqAS/err3JBpfGWp9i
-----END PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBljCCATugAwIBAgIUW5DbuIv+rfM+q5WHWPC+KUCQulMwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjE5NDczNloYDzIxMjYxMDI5
MTk0NzM2WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQiRkZUb6evViAD/KB0fMHaO0ihlZZVM0tILmkW7R0EaEjWk+jC5Hzt
qOcAyJXy9SeFPdpqAS/err3JBpfGWp9io2kwZzAdBgNVHQ4EFgQU2+B6aM/u1aQ+
KlIsop+7zylcO1AwHwYDVR0jBBgwFoAU2+B6aM/u1aQ+KlIsop+7zylcO1AwDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SQAwRgIhAJ6HedW8IcNSoP3TsNBIkNZiVyiTBGV3rwNm/RMcXZfVAiEAiRHGMoaa
g5XNrn08Ls9oJgU4N3BVhn8tlTLlyvq5CUU=
-----END CERTIFICATE-----`,
};

const KEY_DIGEST = createHash('sha256')
  .update(new X509Certificate(LOCALHOST_CERTIFICATE.cert).publicKey.export({ type: 'spki', format: 'der' }))
  .digest('base64');

/**
 * Argument of a Chromium that accepts the certificate, for every host. With `--ignore-certificate-errors` it would cache nothing, so that each
 * look for a new version of a worker would find another secret in it, and install one.
 */
export const ACCEPT_CERTIFICATE = `--ignore-certificate-errors-spki-list=${KEY_DIGEST}`;
