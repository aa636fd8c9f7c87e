/**
 * Describes the first option that is not known, with the spelling that was most likely meant.
 *
 * @param options names with their values
 * @param known names of all options
 * @param prefix path of the options in the configuration, such as `protectedResources[0].`
 * @returns a sentence, or `undefined` if all are known
 */
export function describeUnknownOption(
  options: object,
  known: readonly string[],
  prefix: string = '',
): string | undefined {
  const name = Object.keys(options).find((option) => !known.includes(option));
  return name === undefined ? undefined : describeUnknownName(name, known, prefix);
}

/** Describes a name that is none of those known, in the same way. */
export function describeUnknownName(name: string, known: readonly string[], prefix: string): string {
  const likeliest = closestName(name, known);
  const advice = likeliest === undefined ? `there are ${known.join(', ')}.` : `did you mean "${likeliest}"?`;
  return `There is no option "${prefix}${name}"; ${advice}`;
}

/**
 * Finds the known name that a misspelt one was meant to be: one that differs in case or separators, begins it or is its
 * beginning, or is at most two edits away.
 *
 * @returns `undefined` if none comes close
 */
export function closestName(name: string, known: readonly string[]): string | undefined {
  const [wanted, ...names] = [name, ...known].map((text) => text.toLowerCase().replace(/[^a-z0-9]/g, ''));
  if (!wanted) return undefined;
  const most = Math.min(2, Math.floor(wanted.length / 3));
  const index = (isClose: (other: string) => boolean): number => names.findIndex((other) => isClose(other));
  const found = [
    index((other) => other === wanted),
    index((other) => isWithin(wanted, other, most)),
    index((other) => wanted.length > 3 && (other.startsWith(wanted) || wanted.startsWith(other))),
  ];
  return known[found.find((position) => position >= 0) ?? -1];
}

/** Whether one text becomes another by so many edits: a letter more, less or other. */
function isWithin(one: string, other: string, edits: number): boolean {
  if (one === other) return true;
  const [rest, otherRest] = [one.slice(1), other.slice(1)];
  if (one[0] === other[0]) return isWithin(rest, otherRest, edits);
  if (edits === 0) return false;
  return [
    [rest, other],
    [one, otherRest],
    [rest, otherRest],
  ].some(([left = '', right = '']) => isWithin(left, right, edits - 1));
}
