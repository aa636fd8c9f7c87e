/**
 * Largest number of levels that a member of an answer may have. Chromium posts no message of more than some 1,500 levels to a page, and Firefox
 * writes no JSON of more than some 2,000: the worker could then neither answer a page nor write the session down.
 */
const MAX_LEVELS = 100;

/**
 * Removes members that are nested too deeply to be passed on: who does not understand a member ignores it (RFC 6749, section 5.1; RFC 7519,
 * section 4).
 *
 * @param members an object out of JSON
 */
export function withoutDeepMembers<M extends object>(members: M): M {
  const kept = { ...members };
  for (const [name, value] of Object.entries(members)) {
    if (hasMoreLevels(value, MAX_LEVELS)) Reflect.deleteProperty(kept, name);
  }
  return kept;
}

function hasMoreLevels(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  const items: readonly unknown[] = Object.values(value);
  return items.some((item) => hasMoreLevels(item, levels - 1));
}
