import { homedir } from 'node:os';
import { join } from 'node:path';
import { chromium, firefox, webkit, type BrowserType, type LaunchOptions } from 'playwright';
import { findHeadlessShell } from './headless-shell.ts';

/** Where a browser was found; what it needs at launch may depend on it. */
export type BrowserOrigin = 'environment' | 'playwright' | 'system';

/** What has to be known of an engine to find it, to acquire it and to start it. */
export interface BrowserEngine {
  readonly name: string;
  readonly type: BrowserType;
  /** An environment variable that names the executable, before anything else. */
  readonly environmentVariable: string;
  /** Commands to look for on PATH, the best first. */
  readonly commands: readonly string[];
  /** Executables in the places where installers put them. */
  readonly places: readonly string[];
  /** The name that Playwright's installer knows. */
  readonly playwrightPackage: string;
  /** Debian's packages. */
  readonly debianPackages: readonly string[];
  /** Whether the executable can be asked for its version, without a screen; if not, it is enough that it is there. */
  readonly tellsVersion: boolean;
  /** Options that this engine needs, given where it comes from. */
  launchOptions(origin: BrowserOrigin): LaunchOptions;
  /** Finds a smaller build of the same version, to start instead of a browser that the environment does not name. */
  readonly findSmallerBuild?: (executablePath: string) => string | undefined;
}

const windowsFolders = [
  process.env['PROGRAMFILES'],
  process.env['PROGRAMFILES(X86)'],
  process.env['LOCALAPPDATA'],
].filter((folder) => folder !== undefined);

/**
 * Features that Playwright disables in Chromium. The last `--disable-features` counts, so one of our own has to say this again; a test compares
 * them.
 */
export const PLAYWRIGHT_DISABLED_FEATURES: readonly string[] = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'DialMediaRouteProvider',
  'GlobalMediaControls',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'BlockOriginHeaderModificationOnRedirect',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'Translate',
  'AutoDeElevate',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'msForceBrowserSignIn',
  'msEdgeUpdateLaunchServicesPreferredVersion',
];

/**
 * Pages of Chromium's own in each window, below its address bar, which a headless one has too: each context of Playwright's is a
 * window, and these took two thirds of what it costs.
 */
const ADDRESS_BAR_FEATURES = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup'];

/** A process that waits for the next page of another site. Each context got one, and an eighth of the processor time went there. */
const SPARE_PROCESS_FEATURES = ['SpareRendererForSitePerProcess'];

/**
 * Documents and workers of one site in one context share a process, as they do where many tabs are open. Otherwise each new page, and each
 * redirect to the authorization server, starts a process that is thrown away: a sixth of the processor time of a sign-in.
 */
const SHARED_PROCESSES = ['--renderer-process-limit=1'];

/** Chromium, or a browser made of it. */
export const CHROMIUM: BrowserEngine = {
  name: 'Chromium',
  type: chromium,
  environmentVariable: 'TOKENWARD_CHROMIUM',
  commands: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'],
  places: [
    '/usr/lib/chromium/chromium',
    '/opt/google/chrome/chrome',
    '/snap/bin/chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    join(homedir(), 'Applications/Google Chrome.app/Contents/MacOS/Google Chrome'),
    ...windowsFolders.flatMap((folder) => [
      join(folder, 'Google/Chrome/Application/chrome.exe'),
      join(folder, 'Chromium/Application/chrome.exe'),
      join(folder, 'Microsoft/Edge/Application/msedge.exe'),
    ]),
  ],
  playwrightPackage: 'chromium',
  debianPackages: ['chromium'],
  tellsVersion: true,
  launchOptions: () => ({
    // A browser that phones home disturbs tests that count requests.
    args: [
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-default-apps',
      '--no-first-run',
      `--disable-features=${[...PLAYWRIGHT_DISABLED_FEATURES, ...ADDRESS_BAR_FEATURES, ...SPARE_PROCESS_FEATURES].join(',')}`,
    ],
  }),
};

/**
 * Chromium's headless shell: the same engine, network and storage without the windows of a browser, in half the processor time. Where there
 * is none, Chromium itself.
 *
 * Unlike Chromium, the shell isolates no sites by default, and does not block the storage of third parties.
 */
export const CHROMIUM_SHELL: BrowserEngine = {
  ...CHROMIUM,
  name: 'Chromium or its headless shell',
  launchOptions: (origin) => ({
    args: [...(CHROMIUM.launchOptions(origin).args ?? []), '--site-per-process', ...SHARED_PROCESSES],
  }),
  findSmallerBuild: findHeadlessShell,
};

/** Firefox, Playwright's build or the released one. */
export const FIREFOX: BrowserEngine = {
  name: 'Firefox',
  type: firefox,
  environmentVariable: 'TOKENWARD_FIREFOX',
  commands: ['firefox-esr', 'firefox'],
  places: [
    '/usr/lib/firefox-esr/firefox-esr',
    '/snap/bin/firefox',
    '/Applications/Firefox.app/Contents/MacOS/firefox',
    ...windowsFolders.map((folder) => join(folder, 'Mozilla Firefox/firefox.exe')),
  ],
  playwrightPackage: 'firefox',
  debianPackages: ['firefox-esr'],
  tellsVersion: true,
  // Only Playwright's own build speaks its own protocol; released ones are driven by WebDriver BiDi.
  launchOptions: (origin) => (origin === 'playwright' ? {} : { channel: 'moz-firefox' }),
};

/** The folders of libraries under `/usr/lib`, by Debian's name of the machine. */
const DEBIAN_MACHINES = ['x86_64-linux-gnu', 'aarch64-linux-gnu', '.'];

/**
 * WebKit, Playwright's build or WebKitGTK's small browser. Playwright drives only its own build;
 * {@link file://./engines/webkit-gtk-engine.ts} drives the other one.
 */
export const WEBKIT: BrowserEngine = {
  name: 'WebKit',
  type: webkit,
  environmentVariable: 'TOKENWARD_WEBKIT',
  commands: [],
  places: [
    ...DEBIAN_MACHINES.map((machine) => join('/usr/lib', machine, 'webkit2gtk-4.1/MiniBrowser')),
    '/usr/libexec/webkit2gtk-4.1/MiniBrowser',
  ],
  playwrightPackage: 'webkit',
  debianPackages: ['libwebkit2gtk-4.1-0', 'webkit2gtk-driver', 'xvfb'],
  tellsVersion: false,
  launchOptions: () => ({}),
};
