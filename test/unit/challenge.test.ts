import { describe, expect, test } from 'vitest';
import { parseChallenges, refusesToken } from '../../sw/fetch/challenge.ts';
import { processorMs } from '../support/processor-time.ts';

/** The challenges as plain data, for comparison. */
function parsed(header: string | null): readonly [scheme: string, parameters: Readonly<Record<string, string>>][] {
  return parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
}

describe('WWW-Authenticate (RFC 9110, section 11.6.1) is parsed', () => {
  test.for<[what: string, header: string | null, challenges: ReturnType<typeof parsed>]>([
    ['when there is none', null, []],
    ['when it is empty', '', []],
    ['when it is a scheme alone', 'Bearer', [['bearer', {}]]],
    ['with a quoted parameter', 'Bearer realm="notes"', [['bearer', { realm: 'notes' }]]],
    ['with a parameter that is a token', 'Bearer error=invalid_token', [['bearer', { error: 'invalid_token' }]]],
    ['with several parameters', 'Bearer realm="a", error="b", x=c', [['bearer', { realm: 'a', error: 'b', x: 'c' }]]],
    ['with names in any case', 'bEaReR ERROR="invalid_token"', [['bearer', { error: 'invalid_token' }]]],
    [
      'with white space around the equals sign',
      'Bearer error = "x" , realm\t=\ty',
      [['bearer', { error: 'x', realm: 'y' }]],
    ],
    ['with an empty string', 'Bearer realm=""', [['bearer', { realm: '' }]]],
    [
      'with escapes in a string',
      String.raw`Bearer realm="a \"b\" \\ c"`,
      [['bearer', { realm: String.raw`a "b" \ c` }]],
    ],
    [
      'with commas and schemes within a string',
      'Bearer realm="Basic, DPoP error=x"',
      [['bearer', { realm: 'Basic, DPoP error=x' }]],
    ],
    [
      'with several challenges',
      'Basic realm="a", Bearer realm="b", error="invalid_token", DPoP algs="ES256"',
      [
        ['basic', { realm: 'a' }],
        ['bearer', { realm: 'b', error: 'invalid_token' }],
        ['dpop', { algs: 'ES256' }],
      ],
    ],
    [
      'with challenges that have no parameters',
      'Negotiate, NTLM, Bearer error="x"',
      [
        ['negotiate', {}],
        ['ntlm', {}],
        ['bearer', { error: 'x' }],
      ],
    ],
    [
      'with the same scheme twice',
      'Bearer realm="a", Bearer realm="b"',
      [
        ['bearer', { realm: 'a' }],
        ['bearer', { realm: 'b' }],
      ],
    ],
    [
      'with a token68',
      'Negotiate a8742/+-._~==, Bearer error="x"',
      [
        ['negotiate', {}],
        ['bearer', { error: 'x' }],
      ],
    ],
    [
      'with a token68 that could be a name',
      'Negotiate realm=, Bearer error="x"',
      [
        ['negotiate', {}],
        ['bearer', { error: 'x' }],
      ],
    ],
    ['with empty list elements', ', ,Bearer realm="a",, error="x", ,', [['bearer', { realm: 'a', error: 'x' }]]],
    [
      'with obs-text in a string',
      'Bearer realm="caf\u00e9", error="x"',
      [['bearer', { realm: 'caf\u00e9', error: 'x' }]],
    ],
  ])('%s', ([, header, challenges]) => {
    expect(parsed(header)).toEqual(challenges);
  });

  test('up to what cannot be parsed', () => {
    expect(parsed('Basic realm="a", Bearer error="unclosed')).not.toContainEqual(['bearer', { error: 'unclosed' }]);
    expect(parsed('Basic realm="a", @, Bearer error="x"')).toEqual([['basic', { realm: 'a' }]]);
    expect(parsed('error="invalid_token"')).toEqual([]);
  });

  test.for([
    `Bearer ${'a'.repeat(100_000)}`,
    `Bearer realm="${'\\'.repeat(4000)}`,
    `Bearer ${', '.repeat(2000)}`,
    'a=b '.repeat(1000),
  ])('at once, however it is made up', (header) => {
    expect(processorMs(() => parseChallenges(header))).toBeLessThan(500);
  });
});

describe('a response refuses the token', () => {
  test.for([
    'Bearer error="invalid_token"',
    'Bearer realm="notes", error="invalid_token", error_description="The access token expired"',
    'bearer error=invalid_token',
    'DPoP error="invalid_token", algs="ES256"',
    'Basic realm="x", Bearer error="invalid_token"',
    'Negotiate abcd==, Bearer error="invalid_token"',
  ])('with 401 and %s', (header) => {
    expect(refusesToken(answer(401, header))).toBe(true);
  });

  test('with 401 and its challenge in a header of its own', () => {
    const headers = new Headers([
      ['www-authenticate', 'Basic realm="x"'],
      ['www-authenticate', 'Bearer error="invalid_token"'],
    ]);

    expect(refusesToken(new Response(null, { status: 401, headers }))).toBe(true);
  });

  test.for<[status: number, header: string | undefined]>([
    [401, undefined],
    [401, 'Bearer'],
    [401, 'Bearer realm="notes"'],
    [401, 'Bearer error="invalid_request"'],
    [401, 'Bearer error="insufficient_scope", scope="notes:write"'],
    [401, 'Bearer error_description="invalid_token"'],
    [401, 'Bearer realm="error=\\"invalid_token\\""'],
    [401, 'Bearer realm="x, Bearer error=invalid_token"'],
    [401, 'Bearer realm="notes", Basic error="invalid_token"'],
    [401, 'Basic error="invalid_token"'],
    [401, 'BearerX error="invalid_token"'],
    [401, 'error="invalid_token"'],
    [401, 'Bearer error="invalid_token'],
    [401, 'Bearer error="invalid_token "'],
    [400, 'Bearer error="invalid_token"'],
    [403, 'Bearer error="invalid_token"'],
    [407, 'Bearer error="invalid_token"'],
    [200, 'Bearer error="invalid_token"'],
  ])('but not with %i and %s', ([status, header]) => {
    expect(refusesToken(answer(status, header))).toBe(false);
  });
});

function answer(status: number, header: string | undefined): Response {
  return new Response(null, { status, headers: header === undefined ? {} : { 'www-authenticate': header } });
}
