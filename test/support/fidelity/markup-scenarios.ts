import type { Scenario } from './observe.ts';

/** Adds an element to the page; gives `load`, `error` or whatever else it says first. */
function settle(element: HTMLElement, types: readonly string[] = ['load', 'error']): Promise<string> {
  const said = new Promise<string>((resolve) => {
    for (const type of types) element.addEventListener(type, () => resolve(type), { once: true });
  });
  document.body.append(element);
  return said;
}

function made<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]>,
): HTMLElementTagNameMap[K] {
  return Object.assign(document.createElement(tag), properties);
}

async function image(url: string, properties: Partial<HTMLImageElement> = {}): Promise<unknown> {
  const element = made('img', { ...properties, src: url });
  const said = await settle(element);
  return [said, element.naturalWidth, element.naturalHeight, element.complete, element.currentSrc];
}

/** Plays nothing, but goes to the middle: the engine asks for a range. */
async function media(tag: 'audio' | 'video', url: string): Promise<unknown> {
  const element = made(tag, { preload: 'auto', muted: true, src: url });
  const said = await settle(element, ['canplaythrough', 'error']);
  const { duration, error, seekable } = element;
  if (error) return [said, error.code];
  element.currentTime = duration / 2;
  await new Promise((resolve) => element.addEventListener('seeked', resolve, { once: true }));
  return [said, duration, element.currentTime, seekable.length, element.readyState > 1];
}

/** What markup asks for, which gets the token where the configuration names it. */
export const MARKUP_SCENARIOS: Readonly<Record<string, Scenario>> = {
  img: ({ url }) => image(`${url}/image.png`),
  'img, crossorigin': ({ url }) => image(`${url}/image.png`, { crossOrigin: 'anonymous' }),
  'img, refused': ({ url }) => image(`${url}/status/403`),
  'img, redirected': ({ url }) => image(`${url}/redirect/302?to=${encodeURIComponent(`${url}/image.png`)}`),
  'img, cut': ({ url }) => image(`${url}/cut`),
  'style sheet': async ({ url }) => {
    const link = made('link', { rel: 'stylesheet', href: `${url}/style.css` });
    const said = await settle(link);
    const { color } = getComputedStyle(document.body);
    link.remove();
    return [said, color];
  },
  'style sheet, refused': ({ url }) => settle(made('link', { rel: 'stylesheet', href: `${url}/status/403` })),
  script: async ({ url }) => [
    await settle(made('script', { src: `${url}/script.js` })),
    Reflect.get(window, 'mirrored'),
  ],
  'script, refused': ({ url }) => settle(made('script', { src: `${url}/status/403` })),
  module: async ({ url }) => settle(made('script', { type: 'module', src: `${url}/script.js?module` })),
  'import()': async ({ url }) => Object.keys(await import(`${url}/script.js?import`)),
  'font that is none': ({ url }) =>
    new FontFace('Mirror', `url(${url}/font.woff2)`).load().then(
      () => 'loaded',
      (error: unknown) => (error instanceof Error ? error.name : String(error)),
    ),
  'audio, with a range': ({ url }) => media('audio', `${url}/audio.wav`),
  'video, with a range': ({ url }) => media('video', `${url}/audio.wav`),
  'audio, refused': ({ url }) => media('audio', `${url}/status/403`),
  track: async ({ url }) => {
    const track = made('track', { default: true, kind: 'captions', src: `${url}/track.vtt` });
    const video = made('video', { crossOrigin: 'anonymous' });
    video.append(track);
    const said = new Promise<string>((resolve) => {
      for (const type of ['load', 'error']) track.addEventListener(type, () => resolve(type), { once: true });
    });
    document.body.append(video);
    track.track.mode = 'showing';
    return [await said, track.track.cues?.length];
  },
  'beacon, text': async ({ url }) => navigator.sendBeacon(`${url}/echo`, 'text'),
  'beacon, form': async ({ url }) => navigator.sendBeacon(`${url}/echo`, new URLSearchParams({ a: '1' })),
};
