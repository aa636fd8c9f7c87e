import { isDeepStrictEqual } from 'node:util';
import { basename } from 'node:path';
import { type TokenwardConfig, workerOptions } from '../../configuration/app-configuration.ts';
import { hasMembers } from '../../protocol/json.ts';
import { defineCheck, type Finding } from './finding.ts';

/** Configuration of the app, from its own file. */
export interface OwnConfiguration {
  /** Name of the file. */
  readonly file: string;
  /** Origin that the file names. */
  readonly origin: string;
  /** Address of the app. */
  readonly address: string;
  /** Options that the worker reads, as JSON. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Members that were read of a worker script, with `undefined` for those that the script computes. */
export type Members = ReadonlyMap<string, unknown>;

const DEPLOYED = defineCheck('configuration-deployed', {
  risk: 'Users have another configuration than the one in the app’s file.',
  fix: 'Deploy again, or restart the server: it reads the file when it starts.',
});

/** Returns what the doctor compares of a configuration. */
export function toOwnConfiguration(path: string, config: TokenwardConfig): OwnConfiguration {
  // The server writes the options into the script as JSON.
  const options: unknown = JSON.parse(JSON.stringify(workerOptions(config)));
  const { origin } = URL.canParse(config.origin) ? new URL(config.origin) : config;
  const address = origin + (config.base ?? '/');
  return { file: basename(path), origin, address, options: hasMembers(options) ? options : {} };
}

/**
 * Lists the options that differ between a worker script and the app's own file. An option that the script computes is not compared, nor
 * is a `base` that only the script has, which Vite's plugin adds.
 */
export function findDifferences(members: Members, { options }: OwnConfiguration): readonly string[] {
  const known = [...members].filter(([, value]) => isRead(value));
  const deployed: unknown = workerOptions(Object.fromEntries(known));
  const given = hasMembers(deployed) ? deployed : {};
  const names = new Set([...Object.keys(given), ...Object.keys(options)]);
  return [...names].filter((name) => {
    const isComputed = members.has(name) && !(name in given);
    const isOfVite = name === 'base' && !(name in options);
    return !isComputed && !isOfVite && !isDeepStrictEqual(given[name], options[name]);
  });
}

/** Returns the members of a worker script, and those of the app's own file that the script computes. */
export function completeMembers(members: Members, own: OwnConfiguration | undefined): Members {
  if (own === undefined) return members;
  const read = [...members].filter(([name, value]) => isRead(value) || !(name in own.options));
  return new Map([...Object.entries(own.options).filter(([name]) => !isRead(members.get(name))), ...read]);
}

/** Judges whether the deployment has the configuration of the app's own file. */
export function judgeDeployed(members: Members, own: OwnConfiguration, origin: string): Finding {
  if (own.origin !== origin) {
    return DEPLOYED.warn(
      `${own.file} is for ${own.origin}, not for ${origin}`,
      'Set the environment that the file reads, such as ORIGIN, or leave the file out: --no-config',
    );
  }
  const known = [...members].filter(([, value]) => isRead(value));
  if (known.length === 0)
    return DEPLOYED.warn(`the worker script does not show whether it has the options of ${own.file}`);
  return DEPLOYED.judge(
    findDifferences(members, own).map((name) => `"${name}" is not that of ${own.file}`),
    `that of ${own.file}`,
  );
}

/** Whether a value is written out in the script. */
function isRead(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((part) => isRead(part));
  return value !== undefined && (!hasMembers(value) || Object.values(value).every((part) => isRead(part)));
}
