import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { ENTRIES, type Entry, ROOT } from './entries.ts';

/** The folder of what API Extractor writes, before it goes to its places. */
const ROLLED_UP = join(ROOT, 'dist/types/rolled-up');

const compilerOptions = {
  target: 'es2022',
  module: 'esnext',
  moduleResolution: 'bundler',
  lib: ['es2022', 'dom', 'dom.iterable'],
  types: ['node'],
  strict: true,
  skipLibCheck: true,
};

/** Puts the declarations of each entry into one file, which names no other file of the package: older compilers read it. */
function rollUpTypes(): void {
  const silent = { default: { logLevel: ExtractorLogLevel.None } };
  const configurations = ENTRIES.map(({ path, declarations }) =>
    ExtractorConfig.prepare({
      configObject: {
        projectFolder: ROOT,
        mainEntryPointFilePath: declarations,
        newlineKind: 'lf',
        apiReport: { enabled: false },
        docModel: { enabled: false },
        dtsRollup: { enabled: true, untrimmedFilePath: join(ROLLED_UP, path, 'index.d.ts') },
        tsdocMetadata: { enabled: false },
        compiler: { overrideTsconfig: { compilerOptions } },
        messages: {
          compilerMessageReporting: silent,
          extractorMessageReporting: silent,
          tsdocMessageReporting: silent,
        },
      },
      configObjectFullPath: undefined,
      packageJsonFullPath: join(ROOT, 'package.json'),
    }),
  );
  const [first] = configurations;
  if (first === undefined) throw new Error('package.json names no entry with types.');
  // One program for all: to parse the library's types takes longer than all the rest.
  const compilerState = CompilerState.create(first, {
    additionalEntryPoints: configurations.map(({ mainEntryPointFilePath }) => mainEntryPointFilePath),
  });
  for (const [index, configuration] of configurations.entries()) {
    const { succeeded } = Extractor.invoke(configuration, {
      compilerState,
      localBuild: true,
      messageCallback: (message) => {
        message.handled = true;
      },
    });
    const entry = ENTRIES[index];
    if (!succeeded || !entry) throw new Error(`The types of ${configuration.untrimmedFilePath} were not rolled up.`);
    place(entry, readFileSync(configuration.untrimmedFilePath, 'utf8'));
  }
}

/** Writes the declarations to where package.json says that they are. */
function place({ types, globalType }: Entry, text: string): void {
  const content = globalType === undefined ? text : `${text}\n${describeGlobal(globalType)}`;
  for (const file of types) {
    mkdirSync(dirname(join(ROOT, file)), { recursive: true });
    writeFileSync(join(ROOT, file), content);
  }
}

/** The declaration of what a classic script puts into the global scope. */
function describeGlobal(type: string): string {
  return `declare global {\n  const tokenward: ${type};\n}\n`;
}

rollUpTypes();
