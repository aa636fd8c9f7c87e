/**
 * An endpoint to which the browser is sent. Metadata is data: it must not lead the browser to a `javascript:` or `data:`
 * URL, nor down from https.
 *
 * @returns `undefined` if the server names none that can be used
 */
export function browserEndpoint(endpoint: string | undefined, issuer: URL): URL | undefined {
  if (endpoint === undefined || !URL.canParse(endpoint)) return undefined;
  const url = new URL(endpoint);
  return url.protocol === 'https:' || url.protocol === issuer.protocol ? url : undefined;
}

/** Puts parameters into a URL's query, in the place of those of the same names. */
export function setParameters({ searchParams }: URL, parameters: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(parameters)) searchParams.set(name, value);
}
