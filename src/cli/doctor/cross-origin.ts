import type { Answer, ProbeRequest } from './probe.ts';

/** Returns a preflight as a browser sends it: https://fetch.spec.whatwg.org/#cors-preflight-fetch */
export function preflight(origin: string, method: string, headers: readonly string[]): ProbeRequest {
  return {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      ...(headers.length === 0 ? {} : { 'access-control-request-headers': headers.join(',') }),
      'sec-fetch-mode': 'cors',
      'sec-fetch-dest': 'empty',
    },
  };
}

/** Whether script of an origin may read a response to a request without credentials. */
export function allowsOrigin(answer: Answer, origin: string): boolean {
  const allowed = answer.header('access-control-allow-origin');
  return allowed === origin || allowed === '*';
}

/** Returns the parts of a request that the response to its preflight does not allow: the method, the header. */
export function findRefused(answer: Answer, method: string, header: string): readonly string[] {
  const isSafelisted = /^(GET|HEAD|POST)$/.test(method);
  const methods = names(answer, 'access-control-allow-methods');
  const headers = names(answer, 'access-control-allow-headers');
  // `*` does not cover Authorization: https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name
  const coversHeader = headers.includes(header) || (headers.includes('*') && header !== 'authorization');
  return [
    ...(isSafelisted || methods.includes(method.toLowerCase()) || methods.includes('*')
      ? []
      : [`the method ${method}`]),
    ...(coversHeader ? [] : [`the header ${header}`]),
  ];
}

/** Returns the names in a header, in lower case. */
export function names(answer: Answer, header: string): readonly string[] {
  return (answer.header(header) ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
