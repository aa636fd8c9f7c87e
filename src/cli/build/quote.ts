/** Quotes a value for nginx, which would take a dollar sign as the start of a variable and has no escape for it. */
export function quoteForNginx(value: string): string {
  if (/^[\w./-]+$/.test(value)) return value;
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('$', '%24')}"`;
}

/** Quotes a value for a Caddyfile, whose placeholders are in braces: only URLs can hold one. */
export function quoteForCaddy(value: string): string {
  if (/^[\w./-]+$/.test(value)) return value;
  return `"${escapeQuotes(value).replaceAll('{', '%7B').replaceAll('}', '%7D')}"`;
}

/** Quotes a header for Apache, which formats a value with percent signs and puts variables into braces. */
export function quoteForApache(value: string): string {
  if (/^[\w-]+$/.test(value)) return value;
  return `"${escapeQuotes(value).replaceAll('{', '%7B').replaceAll('}', '%7D').replaceAll('%', '%%')}"`;
}

/** Quotes a text for a shell, in which nothing is replaced. */
export function quoteForShell(value: string): string {
  return /'/.test(value) ? `"${value.replaceAll(/[\\"$`]/g, String.raw`\$&`)}"` : `'${value}'`;
}

/** Returns a regular expression that matches a path of plain characters. */
export function patternOf(path: string): string {
  return path.replaceAll('.', String.raw`\.`);
}

function escapeQuotes(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}
