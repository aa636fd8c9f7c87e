import { choose } from '../support/choose.ts';
import { type Attack, FAMILIES, type Family } from './attack.ts';
import { API_ATTACKS } from './families/api.ts';
import { BACKGROUND_FETCH_ATTACKS } from './families/background-fetch.ts';
import { CODE_ATTACKS } from './families/code.ts';
import { FAILED_NAVIGATION_ATTACKS } from './families/failed-navigation.ts';
import { FLOOD_ATTACKS } from './families/floods.ts';
import { FLOW_ATTACKS } from './families/flow.ts';
import { FORCED_SIGN_OUT_ATTACKS } from './families/forced-sign-out.ts';
import { FROM_CACHE_ATTACKS } from './families/from-cache.ts';
import { IMPORTED_ATTACKS } from './families/imported.ts';
import { ISOLATED_CALLBACK_ATTACKS } from './families/isolated-callback.ts';
import { LEASE_ATTACKS } from './families/leases.ts';
import { LIFE_ATTACKS } from './families/life.ts';
import { OUTBOX_ATTACKS } from './families/outbox.ts';
import { PLANTED_ATTACKS } from './families/planted.ts';
import { POPUP_ATTACKS } from './families/popup.ts';
import { POPUP_RESPONSE_ATTACKS } from './families/popup-response.ts';
import { PRERENDERED_ATTACKS } from './families/prerendered.ts';
import { QUOTA_ATTACKS } from './families/quota.ts';
import { READING_ATTACKS } from './families/reading.ts';
import { REDIRECTED_ATTACKS } from './families/redirected.ts';
import { REGISTERED_ATTACKS } from './families/registered.ts';
import { REGISTRATION_ATTACKS } from './families/registration.ts';
import { RELAY_ATTACKS } from './families/relay.ts';
import { RENEWAL_HINT_ATTACKS } from './families/renewal-hint.ts';
import { RENEWAL_ATTACKS } from './families/renewal.ts';
import { RETURN_TO_ATTACKS } from './families/return-to.ts';
import { RETURNED_ATTACKS } from './families/returned.ts';
import { ROLLED_BACK_ATTACKS } from './families/rolled-back.ts';
import { STARTED_ELSEWHERE_ATTACKS } from './families/started-elsewhere.ts';
import { STARVED_ATTACKS } from './families/starved.ts';
import { WORKER_ATTACKS } from './families/worker.ts';

const DECLARED: readonly Attack[] = [
  ...READING_ATTACKS,
  ...REGISTERED_ATTACKS,
  ...IMPORTED_ATTACKS,
  ...WORKER_ATTACKS,
  ...FLOOD_ATTACKS,
  ...REGISTRATION_ATTACKS,
  ...FROM_CACHE_ATTACKS,
  ...CODE_ATTACKS,
  ...ISOLATED_CALLBACK_ATTACKS,
  ...BACKGROUND_FETCH_ATTACKS,
  ...FAILED_NAVIGATION_ATTACKS,
  ...FLOW_ATTACKS,
  ...FORCED_SIGN_OUT_ATTACKS,
  ...RETURN_TO_ATTACKS,
  ...STARTED_ELSEWHERE_ATTACKS,
  ...RENEWAL_ATTACKS,
  ...RENEWAL_HINT_ATTACKS,
  ...PLANTED_ATTACKS,
  ...OUTBOX_ATTACKS,
  ...PRERENDERED_ATTACKS,
  ...POPUP_ATTACKS,
  ...POPUP_RESPONSE_ATTACKS,
  ...API_ATTACKS,
  ...LIFE_ATTACKS,
  ...QUOTA_ATTACKS,
  ...REDIRECTED_ATTACKS,
  ...RETURNED_ATTACKS,
  ...ROLLED_BACK_ATTACKS,
  ...LEASE_ATTACKS,
  ...STARVED_ATTACKS,
  ...RELAY_ATTACKS,
];

/** Every attack, family by family. */
export const ATTACKS: readonly Attack[] = [...FAMILIES.keys()].flatMap((letter) =>
  DECLARED.filter(({ id }) => id.startsWith(letter)),
);

/** The family that an attack's id begins with. */
export function familyOf({ id }: Attack): Family {
  const family = FAMILIES.get(id.slice(0, 1));
  if (!family) throw new TypeError(`There is no family of ${id}.`);
  return family;
}

/** Number of attacks that share a page at most: the page is loaded anew often enough, and every lane gets its part. */
const MAX_ON_ONE_PAGE = 8;

/** Joins attacks that follow each other and may share a page of each of their two victims. */
export function groupByPage(attacks: readonly Attack[]): readonly (readonly Attack[])[] {
  const groups: Attack[][] = [];
  for (const attack of attacks) {
    const group = groups.at(-1);
    const [first] = group ?? [];
    if (group && first && group.length < MAX_ON_ONE_PAGE && mayShare(first, attack)) group.push(attack);
    else groups.push([attack]);
  }
  return groups;
}

function mayShare(one: Attack, other: Attack): boolean {
  const victims = ({ naive, tokenward, begins }: Attack): string => [naive, tokenward, begins].join();
  return one.keepsPage === true && other.keepsPage === true && victims(one) === victims(other);
}

/**
 * Chooses the attacks of families, or by their ids.
 *
 * @throws TypeError if a text is neither
 */
export function chooseAttacks(only: string): readonly Attack[] {
  return choose(ATTACKS, { only, namesOf: (attack) => [familyOf(attack).name, attack.id], by: 'whole' });
}
