import { hasMembers } from '../../src/protocol/json.ts';
import { WORKER_METHODS, type WorkerMethod } from '../../src/protocol/worker-api.ts';

/** A call as Comlink writes it, with nothing in it but what was allowed. */
export interface Call {
  readonly id: string;
  readonly type: 'APPLY';
  readonly path: readonly [WorkerMethod];
  readonly argumentList: readonly { readonly type: 'RAW'; readonly value: unknown }[];
}

/**
 * Parses a message to Comlink. It accepts only calls of an allowed method with at most one plain argument. Comlink's own
 * messages can do more: `CONSTRUCT` over the path `method.constructor` compiles a string, `SET` writes prototypes, and a
 * transferred proxy opens another channel without a gate.
 *
 * @param data the message's data, as page script sent it
 * @returns a copy of the checked members, or `undefined`
 */
export function parseCall(data: unknown): Call | undefined {
  if (!hasMembers(data)) return undefined;
  const { id, type, path, argumentList } = data;
  if (typeof id !== 'string' || id.length > 100 || type !== 'APPLY') return undefined;
  if (!Array.isArray(path) || path.length !== 1 || !Array.isArray(argumentList) || argumentList.length > 1)
    return undefined;
  const method = WORKER_METHODS.find((known) => known === path[0]);
  const given: readonly unknown[] = argumentList;
  // A copy without holes.
  const values = [...given];
  if (!method || !values.every(isRaw)) return undefined;
  return { id, type, path: [method], argumentList: values.map(({ value }) => ({ type: 'RAW', value })) };
}

function isRaw(argument: unknown): argument is { readonly value: unknown } {
  return hasMembers(argument) && argument['type'] === 'RAW';
}
