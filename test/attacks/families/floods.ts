import type { Attack } from '../attack.ts';
import type { Scene } from '../scene.ts';
import type { Site } from '../site.ts';
import type { Tab } from '../tab.ts';
import { comesTrue } from '../until.ts';
import { openApp } from '../visit.ts';

/** So many, and the worker is to have no time left for anybody else. */
const MESSAGES = 100_000;
/** So many, and it is to have no room left; a channel takes a browser a hundred times as long as a message. */
const CHANNELS = 10_000;
/** No app has as many of them open at once. */
const MANY = 1000;
/** Longest time that another tab waits for the naive worker, in milliseconds. */
const MAX_NAIVE_ANSWER_MS = 15_000;
/** Longest time that it waits for Tokenward's worker, in milliseconds, which takes longer on a busy machine. */
const MAX_ANSWER_MS = 45_000;

/** Another tab of the app, which the flood does not come from. */
async function openOther({ openTab, site }: Scene): Promise<Tab> {
  const other = await openTab();
  await openApp(other, site);
  return other;
}

/** Whether the worker answers a call of a tab in time. */
async function answers(tab: Tab, { name }: Site): Promise<boolean> {
  await tab.evaluate(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => (document.documentElement.dataset['answered'] = 'yes');
    navigator.serviceWorker.controller?.postMessage({ type: 'tokenward:call', protocolVersion: 1 }, [port2]);
    port1.postMessage({ id: '1', type: 'APPLY', path: ['handshake'], argumentList: [] });
  });
  const isAnswered = (): Promise<boolean> => tab.evaluate(() => document.documentElement.dataset['answered'] === 'yes');
  return comesTrue(isAnswered, name === 'worker' ? MAX_NAIVE_ANSWER_MS : MAX_ANSWER_MS);
}

export const FLOOD_ATTACKS: readonly Attack[] = [
  {
    id: 'W18',
    title: 'opens 10,000 channels to the worker, and keeps them open',
    scenario: '-',
    naive: 'worker',
    ruins: 'naive profile',
    runsAlone: true,
    act: async (scene) => {
      const other = await openOther(scene);
      await scene.tab.evaluate(async (flood) => {
        for (let opened = 1; opened <= flood; opened += 1) {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => window.heard.push('an answer');
          window.addEventListener('use', () =>
            port1.postMessage({ id: '1', type: 'APPLY', path: ['handshake'], argumentList: [] }),
          );
          navigator.serviceWorker.controller?.postMessage({ type: 'tokenward:call', protocolVersion: 1 }, [port2]);
          // In portions, so that the page itself lives through it.
          if (opened % 1000 === 0) await new Promise((resolve) => setTimeout(resolve));
        }
      }, CHANNELS);
      // Who is answered now comes after the flood.
      const isThere = await answers(other, scene.site);
      await scene.tab.evaluate(() => void window.dispatchEvent(new Event('use')));
      const areOpen = (): Promise<boolean> =>
        scene.tab.evaluate((many) => window.heard.filter((heard) => heard === 'an answer').length >= many, MANY);
      return { reached: !isThere || (await comesTrue(areOpen, scene.timeoutMs)) };
    },
  },
  {
    id: 'W19',
    title: 'sends the worker 100,000 messages, so that it answers no other page',
    scenario: '-',
    naive: 'worker',
    ruins: 'naive profile',
    runsAlone: true,
    act: async (scene) => {
      const other = await openOther(scene);
      await scene.tab.evaluate((flood) => {
        const worker = navigator.serviceWorker.controller;
        const words = ['getState', 'tokenward:check-registration', 'tokenward:call', 'tokenward:handover'];
        const messages = [...words, ...words.map((type) => ({ type })), {}, null];
        for (let sent = 0; sent < flood; sent += messages.length)
          for (const message of messages) worker?.postMessage(message);
        let deep: unknown = 'x'.repeat(2 ** 20);
        for (let level = 0; level < 1000; level += 1) deep = [deep];
        worker?.postMessage(deep);
      }, MESSAGES);
      return { reached: !(await answers(other, scene.site)) };
    },
  },
  {
    id: 'W20',
    title: 'calls once more over a channel whose first call was allowed',
    scenario: '5.1.1',
    naive: 'worker',
    act: async ({ tab, timeoutMs: limitMs }) => ({
      seen: await tab.evaluate(async (timeoutMs) => {
        const seen: unknown[] = [];
        const { port1, port2 } = new MessageChannel();
        const heard = (): Promise<unknown> =>
          Promise.race([
            new Promise((resolve) => {
              port1.onmessage = ({ data }) => resolve(seen.push(data));
            }),
            new Promise((resolve) => setTimeout(resolve, timeoutMs)),
          ]);
        navigator.serviceWorker.controller?.postMessage({ type: 'tokenward:call', protocolVersion: 1 }, [port2]);
        for (const path of ['handshake', 'getToken']) {
          const answer = heard();
          port1.postMessage({ id: path, type: 'APPLY', path: [path], argumentList: [] });
          await answer;
        }
        return JSON.stringify(seen);
      }, limitMs),
    }),
  },
];
