/** An object as it comes from JSON or from another thread: nothing is known of its members. */
export type UnknownMembers = Readonly<Record<string, unknown>>;

/** Whether a value is an object with members (not an array, not null). */
export function hasMembers(value: unknown): value is UnknownMembers {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value is a list of strings. */
export function isStringList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** Whether a value is an object whose members of these names are strings. */
export function hasStrings<K extends string>(
  value: unknown,
  ...names: readonly K[]
): value is UnknownMembers & Readonly<Record<K, string>> {
  return hasMembers(value) && names.every((name) => typeof value[name] === 'string');
}

/** Reads an object whose members are strings; others are left out. */
export function parseStrings(value: unknown): Readonly<Record<string, string>> {
  const strings: Record<string, string> = {};
  for (const [name, text] of Object.entries(hasMembers(value) ? value : {})) {
    if (typeof text === 'string') strings[name] = text;
  }
  return strings;
}
