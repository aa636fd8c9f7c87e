import { parse, type CallExpression, type Expression, type ObjectExpression, type Program } from 'acorn';
import { simple } from 'acorn-walk';

/** Initializers of the script's variables by name. */
type Bindings = ReadonlyMap<string, Expression>;

/**
 * Finds the configuration in the text of a worker script: the object that is handed to `tokenward.start()`, to
 * `startTokenward()`, or, where a bundler has renamed that, to whatever takes an `issuer` and a `clientId`. Nothing of the
 * script is run; a value that is not written out as a literal is left out.
 *
 * @param script a classic script or a module
 * @returns the members, with `undefined` for those that could not be read; `undefined` where there is no such object
 */
export function readConfigurationLiteral(script: string): ReadonlyMap<string, unknown> | undefined {
  const calls: CallExpression[] = [];
  const bindings = new Map<string, Expression>();
  try {
    simple(parseScript(script), {
      CallExpression: (call) => void calls.push(call),
      VariableDeclarator: ({ id, init }) => {
        if (id.type === 'Identifier' && init) bindings.set(id.name, init);
      },
    });
  } catch {
    // The script cannot be parsed: it is too deeply nested, or is not a script.
    return undefined;
  }
  const candidates = calls.flatMap((call) => {
    const members = configurationOf(call, bindings);
    return members === undefined ? [] : [{ members, isByName: /^start(Tokenward)?$/.test(calleeOf(call)) }];
  });
  return (candidates.find(({ isByName }) => isByName) ?? candidates[0])?.members;
}

function parseScript(script: string): Program {
  try {
    return parse(script, { ecmaVersion: 'latest', sourceType: 'script' });
  } catch {
    return parse(script, { ecmaVersion: 'latest', sourceType: 'module' });
  }
}

function configurationOf(call: CallExpression, bindings: Bindings): ReadonlyMap<string, unknown> | undefined {
  for (const argument of call.arguments) {
    const object = argument.type === 'SpreadElement' ? undefined : resolveName(argument, bindings);
    if (object?.type !== 'ObjectExpression') continue;
    const members = new Map(membersOf(object, bindings, 0));
    if (members.has('issuer') && members.has('clientId')) return members;
  }
  return undefined;
}

function calleeOf({ callee }: CallExpression): string {
  const name = callee.type === 'MemberExpression' ? callee.property : callee;
  return name.type === 'Identifier' ? name.name : '';
}

function resolveName(expression: Expression, bindings: Bindings): Expression | undefined {
  return expression.type === 'Identifier' ? bindings.get(expression.name) : expression;
}

function membersOf(object: ObjectExpression, bindings: Bindings, depth: number): [string, unknown][] {
  return object.properties.flatMap((property): [string, unknown][] => {
    if (property.type === 'SpreadElement' || property.computed) return [];
    const { key, value } = property;
    const name = key.type === 'Identifier' ? key.name : key.type === 'Literal' ? String(key.value) : undefined;
    return name === undefined ? [] : [[name, valueOf(value, bindings, depth + 1)]];
  });
}

/** More than any configuration has, and an end for a name that stands for itself. */
const DEPTH_LIMIT = 20;

function valueOf(expression: Expression, bindings: Bindings, depth: number): unknown {
  const resolved = resolveName(expression, bindings);
  if (resolved === undefined || depth > DEPTH_LIMIT) return undefined;
  const inner = (part: Expression): unknown => valueOf(part, bindings, depth + 1);
  if (resolved.type === 'Literal') return resolved.value;
  if (resolved.type === 'TemplateLiteral' && resolved.expressions.length === 0) return resolved.quasis[0]?.value.cooked;
  if (resolved.type === 'ArrayExpression') {
    return resolved.elements.map((element) =>
      element === null || element.type === 'SpreadElement' ? undefined : inner(element),
    );
  }
  if (resolved.type === 'ObjectExpression') return Object.fromEntries(membersOf(resolved, bindings, depth));
  // A call of `Object.freeze()` has the value of its argument.
  if (resolved.type === 'CallExpression' && calleeOf(resolved) === 'freeze') return innerOfFreeze(resolved, inner);
  return undefined;
}

function innerOfFreeze({ arguments: [first] }: CallExpression, inner: (part: Expression) => unknown): unknown {
  return first === undefined || first.type === 'SpreadElement' ? undefined : inner(first);
}
