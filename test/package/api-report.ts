import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { ENTRIES } from '../../pack/entries.ts';
import { declareIfNeeded, ROOT } from '../support/build.ts';

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

/** The entries of package.json, and the declarations that their types are rolled up from. */
function listEntries(): readonly (readonly [name: string, declarations: string])[] {
  return ENTRIES.map(({ path, declarations }) => [path === '' ? 'index' : path.replaceAll('/', '-'), declarations]);
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
  await declareIfNeeded();
  for (const path of reportApi('update')) process.stdout.write(`updated ${path}\n`);
}
