import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Lists the processes that a process has started, and those that these have started, without the ones that have ended.
 *
 * @param ancestor id of the process
 * @param processes folder in which Linux describes processes
 */
export function descendantsOf(ancestor: number, processes: string = '/proc'): readonly number[] {
  const childrenOf = new Map<number, number[]>();
  for (const { id, parent } of readdirSync(processes).flatMap((name) => readProcess(processes, name) ?? [])) {
    const siblings = childrenOf.get(parent) ?? [];
    siblings.push(id);
    childrenOf.set(parent, siblings);
  }
  const found: number[] = [...(childrenOf.get(ancestor) ?? [])];
  // The list grows meanwhile.
  for (const id of found) found.push(...(childrenOf.get(id) ?? []));
  return found;
}

/** Reads a process; `undefined` if the name is not that of a process, or if the process has ended. */
function readProcess(processes: string, name: string): { readonly id: number; readonly parent: number } | undefined {
  if (!/^\d+$/.test(name)) return undefined;
  try {
    const stat = readFileSync(join(processes, name, 'stat'), 'utf8');
    // The name of the program stands in parentheses, and may hold spaces and parentheses.
    const [, state = '', parent = ''] = stat.slice(stat.lastIndexOf(')')).split(' ');
    return state === 'Z' || state === 'X' ? undefined : { id: Number(name), parent: Number(parent) };
  } catch {
    return undefined;
  }
}
