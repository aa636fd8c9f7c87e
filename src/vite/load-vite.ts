/** The part of Vite's own module that the plugin calls. */
export interface Vite extends Pick<typeof import('vite'), 'build' | 'loadConfigFromFile'> {
  readonly majorVersion: number;
}

/** The oldest and the newest major version of Vite that the plugin is tested with. */
const [OLDEST, NEWEST] = [5, 8] as const;

/**
 * Loads the Vite of the app. The package has no range of versions for it, because npm refuses to install beside a version
 * out of the range.
 *
 * @throws Error if Vite is missing or too old; the message names the versions that the plugin supports
 */
export async function loadVite(): Promise<Vite> {
  const { build, loadConfigFromFile, version } = await import('vite').catch((cause: unknown) => {
    throw new Error(`${REQUIREMENT}, and no Vite is installed beside it: npm install -D vite`, { cause });
  });
  const majorVersion = Number.parseInt(version, 10);
  if (!(majorVersion >= OLDEST)) throw new Error(`${REQUIREMENT}, and this app has Vite ${version}. Update Vite.`);
  return { build, loadConfigFromFile, majorVersion };
}

/**
 * Describes a version of Vite that is newer than every version that the plugin is tested with.
 *
 * @returns a warning, or `undefined` if the version is a tested one
 */
export function describeUntestedVite({ majorVersion }: Pick<Vite, 'majorVersion'>): string | undefined {
  if (majorVersion <= NEWEST) return undefined;
  return `${REQUIREMENT}, and this app has Vite ${majorVersion}. If the worker does not build, update tokenward.`;
}

const REQUIREMENT = `tokenward/vite needs Vite ${OLDEST} to ${NEWEST}`;
