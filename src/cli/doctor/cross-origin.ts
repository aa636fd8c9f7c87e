import type { Answer, ProbeRequest } from './probe.ts';

/** A preflight as a browser sends it: https://fetch.spec.whatwg.org/#cors-preflight-fetch */
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

/** Whether script of an origin may read an answer to a request without credentials. */
export function lets(answer: Answer, origin: string): boolean {
  const allowed = answer.header('access-control-allow-origin');
  return allowed === origin || allowed === '*';
}

/** Whether a preflight's answer lets a request of that method and with that header go. */
export function letsSend(answer: Answer, method: string, header: string): readonly string[] {
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

/** The names of a header that lists some, in lower case. */
export function names(answer: Answer, header: string): readonly string[] {
  return (answer.header(header) ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
