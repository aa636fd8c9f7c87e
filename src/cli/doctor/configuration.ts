import { isSecure } from '../../configuration/loopback.ts';
import type { ExaminedConfiguration } from './deployment.ts';
import { defineCheck, type Finding } from './finding.ts';

const READ = defineCheck('configuration-read', {
  risk: 'The doctor could not check what depends on the configuration.',
  fix: 'Name the values that the script computes: --issuer URL --client-id ID --api URL',
});
const VALID = defineCheck('configuration-valid', {
  risk: 'The worker refuses its configuration and does not start: no user can sign in.',
  fix: 'Correct the option in the worker’s own file.',
});
const ISSUER = defineCheck('configuration-issuer', {
  risk: 'An attacker on the network answers as the authorization server.',
  fix: 'issuer: an https URL',
});
const SECRET = defineCheck('configuration-without-secret', {
  risk: 'Script in the page uses the key in IndexedDB, and reads every token.',
  fix: "withoutSecret: 'memory', and a server that puts a secret into the worker script",
});
const ADOPTION = defineCheck('configuration-adoption', {
  risk: 'Script in the page plants a session of an account of the attacker (login CSRF).',
  fix: "adoption: 'refuse'",
});
const DESTINATIONS = defineCheck('configuration-destinations', {
  risk: 'Markup alone, such as a planted image or form, acts with the user’s token.',
  fix: 'destinations: only for a resource that can only be read (methods: ["GET"])',
});

/** Checks for options that weaken the worker's configuration. */
export function judgeConfiguration(configuration: ExaminedConfiguration): readonly Finding[] {
  const { issuer, clientId, resources, unread, mistake, adoption, withoutSecret } = configuration;
  const unknown = [
    ...(issuer === undefined ? ['issuer'] : []),
    ...(clientId === undefined ? ['clientId'] : []),
    ...unread.filter((name) => name !== 'issuer' && name !== 'clientId'),
  ];
  const isIssuerSecure = issuer === undefined || (URL.canParse(issuer) && isSecure(new URL(issuer)));
  const markup = resources.filter(
    ({ destinations, methods }) => destinations.length > 0 && !(methods.length > 0 && methods.every(isReading)),
  );
  return [
    unknown.length === 0
      ? READ.pass(`${clientId ?? ''} at ${issuer ?? ''}`)
      : READ.warn(`not written out in the worker script: ${unknown.join(', ')}`),
    VALID.judge(mistake === undefined ? [] : [mistake], 'the worker accepts it'),
    ISSUER.judge(isIssuerSecure ? [] : [`${issuer ?? ''} is not https`], issuer ?? 'not known'),
    withoutSecret === 'wrapped' ? SECRET.warn("withoutSecret: 'wrapped'") : SECRET.pass(withoutSecret),
    adoption === 'allow' ? ADOPTION.warn("adoption: 'allow'") : ADOPTION.pass(adoption),
    markup.length === 0
      ? DESTINATIONS.pass('script only')
      : DESTINATIONS.warn(markup.map(({ url, destinations }) => `${url}: ${destinations.join(', ')}`).join('; ')),
  ];
}

function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}
