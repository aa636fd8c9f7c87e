/** Name of the global variable in which the server puts the secret, before the script. */
export const SECRET_NAME = '__tokenwardSecret';

/** Length of 256 random bits in base64url. */
const MIN_CHARACTERS = 43;

/** Parses the secret that the server has put before the script; `undefined` where the script is a static file. */
export function parseScriptSecret(value: unknown): string | undefined {
  return typeof value === 'string' && value.length >= MIN_CHARACTERS ? value : undefined;
}
