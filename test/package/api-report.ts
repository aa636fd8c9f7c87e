import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import manifest from '../../package.json' with { type: 'json' };
import { ROOT, runScript } from '../support/build.ts';

/** Where the reports are committed. */
const REPORTS = join(ROOT, 'test/package/api-reports');

/** What {@link reportApi} does with a report that is not what the declarations say. */
export type ReportMode = 'compare' | 'update';

/**
 * Reports what the entries of the package export, from the declarations in `dist`.
 *
 * @returns the names of the reports that were not what the declarations say
 */
export function reportApi(mode: ReportMode): readonly string[] {
  mkdirSync(REPORTS, { recursive: true });
  const configurations = listEntries().map(([name, declarations]) => configure(name, declarations));
  const [first] = configurations;
  if (first === undefined) throw new Error('package.json names no entry with types.');
  // One program for all: to parse the library's types takes longer than all the rest.
  const compilerState = CompilerState.create(first, {
    additionalEntryPoints: configurations.map(({ mainEntryPointFilePath }) => mainEntryPointFilePath),
  });
  return configurations.flatMap((configuration) => {
    const { apiReportChanged } = Extractor.invoke(configuration, {
      compilerState,
      localBuild: mode === 'update',
      messageCallback: (message) => {
        message.handled = true;
      },
    });
    return apiReportChanged ? [configuration.reportFilePath] : [];
  });
}

/** What a classic script puts into the global scope is no module's; the type of it is a module's. */
const CLASSIC: ReadonlyMap<string, string> = new Map([
  ['./dist/standalone/tokenward-sw.d.ts', 'dist/types/sw/standalone.d.ts'],
  ['./dist/standalone/tokenward-workbox.d.ts', 'dist/types/sw/workbox-standalone.d.ts'],
]);

/** The entries of package.json, and their declarations. */
function listEntries(): readonly (readonly [name: string, declarations: string])[] {
  return Object.entries(manifest.exports).flatMap(([entry, target]) => {
    if (typeof target === 'string') return [];
    const name = entry === '.' ? 'index' : entry.slice(2).replaceAll('/', '-');
    return [[name, join(ROOT, CLASSIC.get(target.types) ?? target.types)]] as const;
  });
}

function configure(name: string, declarations: string): ExtractorConfig {
  const silent = { logLevel: ExtractorLogLevel.None };
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: ROOT,
      mainEntryPointFilePath: declarations,
      newlineKind: 'lf',
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder: REPORTS,
        reportTempFolder: join(ROOT, 'test-results/api-reports'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: 'es2022',
            module: 'esnext',
            moduleResolution: 'bundler',
            lib: ['es2022', 'dom', 'dom.iterable'],
            types: ['node'],
            strict: true,
            skipLibCheck: true,
          },
        },
      },
      messages: {
        compilerMessageReporting: { default: silent },
        extractorMessageReporting: {
          default: silent,
          // A type that nobody can name stands in the report, so that it is seen.
          'ae-forgotten-export': { logLevel: ExtractorLogLevel.Warning, addToApiReportFile: true },
        },
        tsdocMessageReporting: { default: silent },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(ROOT, 'package.json'),
  });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await runScript('declarations');
  for (const path of reportApi('update')) process.stdout.write(`updated ${path}\n`);
}
