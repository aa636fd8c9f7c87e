import { allowsOrigin, findRefused, names, preflight } from './cross-origin.ts';
import type { Deployment, ExaminedResource } from './deployment.ts';
import { defineCheck, type Finding } from './finding.ts';
import { isSecure } from '../../configuration/loopback.ts';
import type { Answer, Send } from './probe.ts';

const NAMED = defineCheck('api-named', {
  risk: 'No request gets a token, or the doctor cannot check the APIs.',
  fix: 'Name the API: --api https://api.example/v1, as in protectedResources.',
});
const HTTPS = defineCheck('api-https', {
  risk: 'An attacker on the network reads the access token.',
  fix: 'Serve the API over https, and configure that URL.',
});
const PREFLIGHT = defineCheck('api-preflight', {
  risk: 'The browser sends no request with a token to the API.',
  fix: 'Access-Control-Allow-Origin: <app>; Access-Control-Allow-Headers: Authorization (and DPoP); * does not cover it',
});
const MAX_AGE = defineCheck('api-max-age', {
  risk: 'Each request costs two: the browser sends a preflight every time.',
  fix: 'Access-Control-Max-Age: 7200, or serve the API under the app’s own origin.',
});
const CHALLENGE = defineCheck('api-challenge', {
  risk: 'The worker cannot distinguish an expired token from a refusal: it does not refresh, and does not say what is missing.',
  fix: 'Answer 401 with WWW-Authenticate: Bearer (RFC 6750, section 3) to a request without a token.',
});
const EXPOSED = defineCheck('api-exposed', {
  risk: 'The worker cannot read why the API refused, and can neither refresh nor use a nonce.',
  fix: 'Access-Control-Expose-Headers: WWW-Authenticate, DPoP-Nonce, on errors too',
});
const STRANGERS = defineCheck('api-strangers', {
  risk: 'Any page that the user opens can read the responses of the API to requests with the user’s cookies.',
  fix: 'Allow the app’s origin by name, and send no Access-Control-Allow-Credentials.',
});

const STRANGER = 'https://tokenward-doctor.invalid';

/** Checks the protected resources. It sends no token. */
export async function examineApis({ origin, configuration }: Deployment, send: Send): Promise<readonly Finding[]> {
  const { resources } = configuration;
  if (resources.length === 0) return [NAMED.warn('no protected resource is known')];
  const findings = await Promise.all(resources.map((resource) => examineApi(resource, origin, send)));
  return [NAMED.pass(resources.map(({ url }) => url).join(', ')), ...findings.flat()];
}

async function examineApi(resource: ExaminedResource, origin: string, send: Send): Promise<readonly Finding[]> {
  const { url, isBound } = resource;
  const https = HTTPS.judge(isSecure(new URL(url)) ? [] : [`${url} is http`], url);
  const refusal = await send(url, { headers: { origin, accept: 'application/json' } });
  const challenge = judgeChallenge(refusal);
  if (new URL(url).origin === origin) return [https, challenge];

  const headers = ['authorization', ...(isBound ? ['dpop'] : [])];
  const methods = resource.methods.length === 0 ? ['GET'] : resource.methods;
  const asked = await Promise.all(
    methods.map(async (method) => ({ method, answer: await send(url, preflight(origin, method, headers)) })),
  );
  const refused = asked.flatMap(({ method, answer }) => {
    if (!allowsOrigin(answer, origin)) return [`the origin ${origin} is not allowed`];
    // https://fetch.spec.whatwg.org/#ok-status
    if (answer.status < 200 || answer.status > 299) return [`the preflight is answered ${answer.status}`];
    return headers.flatMap((header) => findRefused(answer, method, header)).map((what) => `${what} is not allowed`);
  });
  const stranger = await send(url, preflight(STRANGER, 'GET', headers));
  const isOpen =
    stranger.header('access-control-allow-origin') === STRANGER &&
    stranger.header('access-control-allow-credentials') === 'true';
  const seconds = Number(asked[0]?.answer.header('access-control-max-age') ?? Number.NaN);
  const exposed = names(refusal, 'access-control-expose-headers');
  const wanted = ['www-authenticate', ...(isBound ? ['dpop-nonce'] : [])];
  const hidden = exposed.includes('*') ? [] : wanted.filter((name) => !exposed.includes(name));
  return [
    https,
    PREFLIGHT.judge([...new Set(refused)], `${methods.join(', ')} with ${headers.join(', ')}`),
    seconds >= 600
      ? MAX_AGE.pass(`${seconds} seconds`)
      : MAX_AGE.warn(Number.isNaN(seconds) ? 'there is none' : `${seconds} seconds`),
    challenge,
    EXPOSED.judge(
      [
        ...(allowsOrigin(refusal, origin) ? [] : [`the ${refusal.status} may not be read by ${origin}`]),
        ...hidden.map((name) => `${name} is not exposed`),
      ],
      wanted.join(', '),
    ),
    STRANGERS.judge(isOpen ? ['every origin may call, with credentials'] : [], 'no credentials for other origins'),
  ];
}

function judgeChallenge({ url, status, header }: Answer): Finding {
  const challenge = header('www-authenticate');
  if (status === 401) {
    return /\b(bearer|dpop)\b/i.test(challenge ?? '')
      ? CHALLENGE.pass(`401 without a token`)
      : CHALLENGE.fail('401 without WWW-Authenticate');
  }
  if (status < 300) return CHALLENGE.warn(`${url} answers ${status} without a token`);
  return CHALLENGE.warn(
    `${url} answers ${status}, so the doctor has not seen its 401`,
    'Name an address of the API that requires a token: --api URL',
  );
}
