/**
 * Returns an endpoint that the browser opens. Metadata must not send the browser to a `javascript:` or `data:` URL, or from
 * https to http.
 *
 * @returns `undefined` if the server names no usable one
 */
export function browserEndpoint(endpoint: string | undefined, issuer: URL): URL | undefined {
  if (endpoint === undefined || !URL.canParse(endpoint)) return undefined;
  const url = new URL(endpoint);
  return url.protocol === 'https:' || url.protocol === issuer.protocol ? url : undefined;
}

/** Sets parameters in a URL's query, in place of those with the same names. */
export function setParameters({ searchParams }: URL, parameters: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(parameters)) searchParams.set(name, value);
}
