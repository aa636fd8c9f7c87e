import { beforeEach, describe, expect, test } from 'vitest';
import { createTagger } from '../../sw/vault/tagger.ts';
import { createMemoryVault } from '../../sw/vault/memory-vault.ts';
import { type OwnedRequest, takeOwner } from '../../sw/workbox/owned-request.ts';
import { createProvenance, type Provenance } from '../../sw/workbox/provenance.ts';

const NOTES = 'https://api.example/v1/notes';
const FIELD = 'tokenward-user';

let provenance: Provenance;
beforeEach(() => {
  const vault = createMemoryVault();
  const tag = createTagger(() => vault);
  provenance = createProvenance((text) => tag('outbox', text));
});

function post(init: RequestInit = {}, url: string = NOTES): Request {
  return new Request(url, { method: 'POST', body: 'a note', headers: { 'idempotency-key': '1' }, ...init });
}

function ownerOf(request: Request): OwnedRequest {
  const owned = takeOwner(request);
  if (!owned) throw new Error('There is no field.');
  return owned;
}

/** The field of a request that was stored for a user. */
async function fieldOf(request: Request, user: string): Promise<string> {
  const owned = provenance.own(request, user);
  await provenance.keep(owned, user);
  return owned.headers.get(FIELD) ?? '';
}

/** Whether a request with a field is genuine. */
function isGenuine(request: Request, field: string): Promise<boolean> {
  request.headers.set(FIELD, field);
  return provenance.isGenuine(ownerOf(request));
}

describe('a request on its way', () => {
  test.for([['ada'], [undefined]])('of the user %s arrives once', ([user]) => {
    const owned = provenance.own(post(), user);

    expect(ownerOf(owned.clone()).user).toBe(user);
    expect(provenance.arrives(ownerOf(owned.clone()))).toBe(true);
    expect(provenance.arrives(ownerOf(owned))).toBe(false);
  });

  test('is not genuine in a storage', async () => {
    expect(await provenance.isGenuine(ownerOf(provenance.own(post(), 'ada')))).toBe(false);
  });
});

describe('a request that was stored', () => {
  test.for(['ada', 'auth0|5/../é %'])('for the user %s is genuine as it was', async (user) => {
    const owned = provenance.own(post(), user);
    await provenance.keep(owned, user);

    expect(ownerOf(owned.clone()).user).toBe(user);
    expect(await provenance.isGenuine(ownerOf(owned.clone()))).toBe(true);
    expect(await provenance.isGenuine(ownerOf(owned))).toBe(true);
  });

  test.for<[string, Request]>([
    ['body', post({ body: 'another note' })],
    ['empty body', post({ body: null })],
    ['URL', post({}, `${NOTES}/1`)],
    ['method', post({ method: 'PUT' })],
    ['header', post({ headers: { 'idempotency-key': '2' } })],
    ['further header', post({ headers: { 'idempotency-key': '1', 'x-http-method-override': 'DELETE' } })],
    ['credentials mode', post({ credentials: 'include' })],
    ['redirect mode', post({ redirect: 'manual' })],
  ])('is not with another %s', async ([, request]) => {
    expect(await isGenuine(request, await fieldOf(post(), 'ada'))).toBe(false);
  });

  test('is not of another user', async () => {
    const [, tag] = (await fieldOf(post(), 'ada')).split(':');

    expect(await isGenuine(post(), `grace:${tag}`)).toBe(false);
  });

  test.for(['ada', 'ada:', 'ada:x', '%', ':x', ''])('is not where the field says “%s”', async (field) => {
    expect(await isGenuine(post(), field)).toBe(false);
  });

  test('has the tag of the user in whose session it was made, whatever its field said', async () => {
    const request = post({ headers: { [FIELD]: 'grace' } });

    await provenance.keep(request, 'ada');

    expect(ownerOf(request.clone()).user).toBe('ada');
  });

  test('has none if it belongs to no user', async () => {
    const [nobodys, plain] = [provenance.own(post(), undefined), post()];
    await provenance.keep(nobodys, undefined);
    await provenance.keep(plain, 'ada');

    expect(await provenance.isGenuine(ownerOf(nobodys))).toBe(false);
    expect(plain.headers.has(FIELD)).toBe(false);
  });
});
