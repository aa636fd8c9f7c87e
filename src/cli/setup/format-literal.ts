/** Longest line of a configuration that is written for people. */
const MAX_COLUMNS = 100;

/** Returns a text as a literal in single quotes. */
export function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/**
 * Formats plain data as a literal of JavaScript.
 *
 * @param value texts, numbers, booleans, lists and objects of them
 * @param indentation spaces before the line on which the literal begins
 * @param used columns that the line holds already, its indentation included
 */
export function formatLiteral(value: unknown, indentation = '', used: number = indentation.length): string {
  const short = formatOnOneLine(value);
  if (used + short.length <= MAX_COLUMNS || typeof value !== 'object' || value === null) return short;
  const inner = `${indentation}  `;
  if (Array.isArray(value)) {
    const lines = value.map((element: unknown) => `${inner}${formatLiteral(element, inner)},\n`);
    return `[\n${lines.join('')}${indentation}]`;
  }
  const lines = Object.entries(value).map(([name, member]) => `${formatMember(name, member, inner)}\n`);
  return `{\n${lines.join('')}${indentation}}`;
}

/** Formats a member of an object on lines of its own. */
export function formatMember(name: string, value: unknown, indentation: string): string {
  const begin = `${indentation}${formatName(name)}: `;
  return `${begin}${formatLiteral(value, indentation, begin.length + 1)},`;
}

function formatOnOneLine(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return `[${value.map(formatOnOneLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const members = Object.entries(value).map(([name, member]) => `${formatName(name)}: ${formatOnOneLine(member)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

function formatName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name);
}
