/** Exported declaration of an entry. */
export interface Declaration {
  readonly name: string;
  readonly code: string;
}

const DECLARATION = /^export (?:abstract )?(?:class|const|function|interface|type) (\w+)/;
/** Export of what has another name within the declarations. */
const ALIAS = /^export \{ (\w+) as (\w+) \}$/gm;

/**
 * Reads the exported declarations out of a report of API Extractor: functions and classes first, then types.
 *
 * @param report text of the report
 */
export function listDeclarations(report: string): readonly Declaration[] {
  const [, body = ''] = /^```ts\n([\s\S]*)^```$/m.exec(report) ?? [];
  const code = body.replaceAll(/^ *\/\/.*\n/gm, '');
  const aliases = [...code.matchAll(ALIAS)];
  const named = aliases.reduce(
    (text, [, local = '', exported = '']) => text.replaceAll(new RegExp(`\\b${local}\\b`, 'g'), exported),
    code.replaceAll(ALIAS, ''),
  );
  const parts = new Map<string, readonly string[]>();
  for (const part of named.split(/\n\n+(?=\S)/)) {
    const declaration = part.trim().replace(/^(?!export )/, 'export ');
    const [, name] = DECLARATION.exec(declaration) ?? [];
    if (name !== undefined) parts.set(name, [...(parts.get(name) ?? []), declaration]);
  }
  const declarations = [...parts].map(([name, overloads]) => ({ name, code: overloads.join('\n') }));
  return declarations.toSorted((one, other) => Number(isType(one)) - Number(isType(other)));
}

function isType({ code }: Declaration): boolean {
  return /^export (?:interface|type) /.test(code);
}
