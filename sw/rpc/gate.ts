import { hasMembers } from '../../src/protocol/json.ts';
import { WORKER_METHODS, type WorkerMethod } from '../../src/protocol/worker-api.ts';

/** A call as Comlink writes it, with nothing in it but what was allowed. */
export interface Call {
  readonly id: string;
  readonly type: 'APPLY';
  readonly path: readonly [WorkerMethod];
  readonly argumentList: readonly { readonly type: 'RAW'; readonly value: unknown }[];
}

const MOST_ARGUMENTS = 1;

/**
 * Lets a message through to Comlink only if it calls an allow-listed method with plain arguments. Comlink's own messages
 * can do more: `CONSTRUCT` over the path `method.constructor` compiles a string, `SET` writes prototypes, and a
 * transferred proxy opens another channel that has no gate.
 *
 * @param data the message's data, as page script sent it
 * @returns a copy that holds what was checked, or `undefined`
 */
export function parseCall(data: unknown): Call | undefined {
  if (!hasMembers(data)) return undefined;
  const { id, type, path, argumentList } = data;
  if (typeof id !== 'string' || id.length > 100 || type !== 'APPLY') return undefined;
  if (!Array.isArray(path) || path.length !== 1) return undefined;
  const method = WORKER_METHODS.find((known) => known === path[0]);
  if (method === undefined) return undefined;
  if (!Array.isArray(argumentList) || argumentList.length > MOST_ARGUMENTS) return undefined;
  const values = argumentList.map((argument: unknown) =>
    hasMembers(argument) && argument['type'] === 'RAW' ? { type: 'RAW' as const, value: argument['value'] } : undefined,
  );
  const checked = values.filter((value) => value !== undefined);
  return checked.length === values.length ? { id, type, path: [method], argumentList: checked } : undefined;
}
