import type { Attack, Deployment, NaiveVictim } from './attack.ts';
import { createDetector, describeRequests, type Detector } from './detector.ts';
import type { Engine, Profile } from './engines.ts';
import type { Scene } from './scene.ts';
import type { Site } from './site.ts';
import type { Sites } from './sites.ts';
import type { Tab } from './tab.ts';
import { closed, within } from './time-limit.ts';
import { comesTrue } from './until.ts';
import { openApp, signIn } from './visit.ts';

/** How an attack on one victim ended. */
export interface Result {
  readonly hasSucceeded: boolean;
  /** What it got hold of, or what else is wrong afterwards. */
  readonly detail: string;
  /** Whether it got hold of something or got somewhere, which a machine that stood still cannot have done. */
  readonly hasSpoils: boolean;
}

/**
 * Time limit for an attack that never ends, in milliseconds, with the sign-in before it and the look around after it: many times what the
 * longest takes, since a search through a heap takes a busy machine half a minute.
 */
const MAX_ATTACK_MS = 180_000;

/** How long an attacker looks for what may never come. Where it does come, nobody waits so long. In milliseconds. */
const TIMEOUT_MS = 2000;
const NAIVE_TIMEOUT_MS = 15_000;

/**
 * How many times as long as at the naive victim, which fell a moment before, an attacker looks for the same at Tokenward, and how
 * long at least. What makes a machine slow makes both slow: an attack that came in 100 ms there would have come in 500 ms here.
 */
const PATIENCE_FACTOR = 5;
const SHORTEST_PATIENCE_MS = 500;

/**
 * How long an app in Firefox asks again after an attack, in milliseconds. There a page's requests go past a version of the worker
 * that is just taking over, without a token, and attacks on the worker's script bring such versions about.
 */
const TAKEOVER_MS = 20_000;

/** A profile that stays signed in from attack to attack, and a tab in it that shows the page of the app. */
interface Victim {
  readonly profile: Profile;
  tab?: Tab | undefined;
  /** Whether the page in the tab is as the app has opened it, for the next attack of a group. */
  isPageKept: boolean;
}

/** Place of an attack among those that share a page. */
export interface Turn {
  /** Whether another attack follows in the same page; the look around is left to the last one. */
  readonly goesOn: boolean;
}

/** What an attack is run with. */
interface Means {
  readonly tab: Tab;
  /** Whether the tab shows a page of the app that somebody is signed in at, as the attack needs it. */
  readonly isReady: boolean;
  /** Gives the attack what only a debugger of the tab can do. */
  readonly drive: () => Tab['page'];
  readonly openTab: () => Promise<Tab>;
  readonly lookAfter: (tab: Tab) => Promise<Aftermath>;
}

/** What the page can reach after an attack, and what does not work any more. */
interface Aftermath {
  readonly leaks: readonly string[];
  readonly faults: readonly string[];
}

/** Nothing was found, or nothing was looked for. */
const NOTHING: Aftermath = { leaks: [], faults: [] };

/**
 * Where attacks take place: one engine, a browser profile for each victim, which stays signed in from attack to attack. A new tab takes
 * most of the time that an attack takes, so that the next attack gets the tab of the last one, at a page that is loaded anew. Only a tab
 * that ends at the page of the app is kept, and none that an attack has driven by a debugger.
 */
export class Stage {
  readonly #engine: Engine;
  readonly #sites: Sites;
  readonly #detector: Detector;
  readonly #victims = new Map<string, Victim>();
  /** How long each attack took at a naive victim that fell, by its id, in milliseconds. */
  readonly #naiveMs = new Map<string, number>();

  constructor(engine: Engine, sites: Sites) {
    this.#engine = engine;
    this.#sites = sites;
    this.#detector = createDetector(sites.servers.authorizationServer.issued);
  }

  /** Runs an attack against a naive victim. */
  async attackNaive(attack: Attack, turn: Turn = { goesOn: false }): Promise<Result> {
    return this.#attack(attack, attack.naive, { ...turn, lookAfter: async () => NOTHING });
  }

  /** Runs an attack against Tokenward: what leaks counts even if the attack has not looked for it there. */
  async attackTokenward(attack: Attack, { goesOn }: Turn = { goesOn: false }): Promise<Result> {
    const victim = attack.tokenward ?? 'no-headers';
    const lookAfter = async (tab: Tab): Promise<Aftermath> => {
      if (goesOn) return NOTHING;
      const site = this.#sites.of(victim);
      if (attack.before !== undefined || !(await isAt(tab, site))) await openApp(tab, site);
      const leaks = (await this.#detector.search(tab)).map((leak) => `in the page: ${leak}`);
      const isWorking = attack.begins !== 'signed-out' && ['naive profile', undefined].includes(attack.ruins);
      if (!isWorking) return { leaks, faults: [] };
      const call = async (): Promise<boolean> => (await tab.evaluate(() => window.app.call('/me'))) === 200;
      const works = await (this.#engine.name === 'firefox' ? comesTrue(call, TAKEOVER_MS) : call());
      if (works) return { leaks, faults: [] };
      const session = await tab.evaluate(() => JSON.stringify(window.app.client?.session));
      return { leaks, faults: [`the app’s next call fails: ${session}`] };
    };
    return this.#attack(attack, victim, { goesOn, lookAfter });
  }

  async close(): Promise<void> {
    await this.#closeProfiles(() => true);
  }

  /** Closes profiles that no attack is to have any more. */
  async #closeProfiles(isLeft: (victim: Victim) => boolean): Promise<void> {
    const left = [...this.#victims].filter(([, victim]) => isLeft(victim));
    for (const [key] of left) this.#victims.delete(key);
    await Promise.all(left.map(([, { profile }]) => closed(profile.close())));
  }

  async #attack(
    attack: Attack,
    victim: NaiveVictim | Deployment,
    { goesOn, lookAfter }: Turn & Pick<Means, 'lookAfter'>,
  ): Promise<Result> {
    const key = `${victim} ${attack.begins ?? 'signed-in'}`;
    const known = this.#victims.get(key) ?? { profile: await this.#engine.openProfile(), isPageKept: false };
    this.#victims.set(key, known);
    const { profile, tab: kept, isPageKept } = known;
    const opened = kept ? [kept] : [];
    const openTab = async (): Promise<Tab> => {
      const tab = await profile.openTab();
      opened.push(tab);
      return tab;
    };
    // Where an attack did not come to its end, nobody knows what the profile is like.
    let isRuined = true;
    known.tab = undefined;
    known.isPageKept = false;
    try {
      const tab = kept ?? (await openTab());
      let isDriven = false;
      const drive = (): Tab['page'] => {
        isDriven = true;
        return tab.page;
      };
      const result = await within(
        MAX_ATTACK_MS,
        this.#run(attack, victim, { tab, isReady: isPageKept, drive, openTab, lookAfter }),
      );
      isRuined = attack.ruins === 'profiles' || (attack.ruins === 'naive profile' && victim === attack.naive);
      known.isPageKept = goesOn && !isRuined && !isDriven && result.hasSucceeded === (victim === attack.naive);
      if (known.isPageKept || (!isRuined && !isDriven && (await leave(tab, this.#sites.of(victim))))) known.tab = tab;
      return result;
    } finally {
      await Promise.all(opened.filter((tab) => tab !== known.tab).map((tab) => closed(tab.close())));
      await this.#closeProfiles(
        (each) => (isRuined && each === known) || (each.profile.isRetired() && !each.isPageKept),
      );
      this.#sites.servers.authorizationServer.faults.clear();
      this.#sites.servers.api.faults.clear();
    }
  }

  async #run(
    attack: Attack,
    victim: NaiveVictim | Deployment,
    { tab, isReady, drive, openTab, lookAfter }: Means,
  ): Promise<Result> {
    const site = this.#sites.of(victim);
    const { foreign, resource } = this.#sites.servers;
    if (!isReady) await (attack.begins === 'signed-out' ? openApp(tab, site) : signIn(tab, site));
    if (attack.before !== undefined) await openApp(tab, site, site.pageAfter(attack.before));
    const [before, resourceBefore] = [foreign.requests.length, resource.requests.length];
    const scene: Scene = {
      site,
      tab: Object.defineProperty({ ...tab }, 'page', { get: drive }),
      openTab,
      timeoutMs: this.#timeoutMs(attack, victim),
      servers: this.#sites.servers,
      received: () => resource.requests.slice(resourceBefore),
      own: this.#detector.own,
    };
    const startedAtMs = performance.now();
    const spoils = await attack.act(scene);
    const tookMs = performance.now() - startedAtMs;
    const seen = 'seen' in spoils ? this.#detector.find(spoils.seen) : [];
    const received = this.#detector.find(describeRequests(foreign.requests.slice(before)));
    const { leaks, faults } = await lookAfter(tab);
    const found = [
      ...seen,
      ...received.map((leak) => `a foreign server has ${leak}`),
      ...('reached' in spoils && spoils.reached ? ['it got where it wanted to'] : []),
      ...leaks,
    ];
    if (victim === attack.naive && found.length > 0) this.#naiveMs.set(attack.id, tookMs);
    const detail = [...new Set([...found, ...faults])].join('; ');
    return { hasSucceeded: found.length + faults.length > 0, hasSpoils: found.length > 0, detail };
  }

  #timeoutMs(attack: Attack, victim: NaiveVictim | Deployment): number {
    const isThere = attack.notIn?.[this.#engine.name] === undefined;
    if (victim === attack.naive) return isThere ? NAIVE_TIMEOUT_MS : TIMEOUT_MS;
    // Without a naive victim before it, nothing is known.
    const naiveMs = this.#naiveMs.get(attack.id) ?? TIMEOUT_MS;
    return Math.min(TIMEOUT_MS, Math.max(SHORTEST_PATIENCE_MS, PATIENCE_FACTOR * naiveMs));
  }
}

/** Whether a tab shows the page of the app still. */
function isAt(tab: Tab, { origin, page }: Site): Promise<boolean> {
  const script = (url: string): boolean => location.href.replace(/#.*/, '') === url && 'app' in window;
  return tab.evaluate(script, origin + page).catch(() => false);
}

/** Takes away what an attack has left to its tab; returns whether it is at the page of the app, so that another attack may have it. */
async function leave(tab: Tab, site: Site): Promise<boolean> {
  if (!(await isAt(tab, site))) return false;
  const script = (): boolean => {
    sessionStorage.clear();
    window.name = '';
    return true;
  };
  tab.forgetSaid();
  return tab.evaluate(script).catch(() => false);
}
