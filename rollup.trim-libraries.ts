import type { Plugin } from 'rollup';

/** A node of a syntax tree (ESTree). */
interface SyntaxNode {
  readonly [member: string]: unknown;
  readonly start: number;
  readonly end: number;
}

/** What is taken out of a library: a part of the text, and what stands there instead. */
type Cut = readonly [from: number, to: number, instead: string];

/** For each trimmed file of a library: whether a node of its syntax tree goes, and what for. */
const TRIMMED: readonly (readonly [file: RegExp, cutsOf: (node: SyntaxNode) => readonly Cut[]])[] = [
  [
    /oauth4webapi.build.index\.js$/,
    (node) => [...cutErrorText(node), ...cutOtherProofs(node), ...cutUnusedOptions(node), ...cutOlderWays(node)],
  ],
  [/comlink.dist.esm.comlink\.mjs$/, cutProxies],
  [/workbox-routing.Router\.js$/, cutUnusedMethods],
  [/workbox-(?:core|routing)._version\.js$/, cutVersionMarks],
  [/idb-keyval.dist.index\.js$/, cutDefaultStore],
];

/**
 * Takes out of the libraries what the worker can neither show nor call, which no bundler can know. A file in which nothing
 * is found fails the build: it is another version than the one that this was written for.
 */
export function trimLibraries(): Plugin {
  const seen = new Set<RegExp>();
  return {
    name: 'trim-libraries',
    transform(code, id) {
      const [file, cutsOf] = TRIMMED.find(([pattern]) => pattern.test(id)) ?? [];
      if (!file || !cutsOf) return null;
      seen.add(file);
      const cuts = nodesOf(this.parse(code)).flatMap(cutsOf);
      if (cuts.length === 0) this.error(`There is nothing to take out of ${id}.`);
      // From the end, so that what stands before keeps its position; what stands within another cut goes with it.
      const ordered = cuts
        .filter(
          ([from, to]) => !cuts.some(([start, end]) => (start < from && to <= end) || (start <= from && to < end)),
        )
        .toSorted(([one], [other]) => other - one);
      const trimmed = ordered.reduce(
        (text, [from, to, instead]) => text.slice(0, from) + instead + text.slice(to),
        code,
      );
      return { code: trimmed, map: null };
    },
    buildEnd(error) {
      if (!error && seen.size < TRIMMED.length) this.error('A library whose text is trimmed is not where it was.');
    },
  };
}

/**
 * The texts of oauth4webapi's errors, which are only ever the cause of one of ours (classes and codes stay), and what checks
 * the types of arguments.
 */
function cutErrorText(node: SyntaxNode): readonly Cut[] {
  const { type, start, end, callee, arguments: given } = node;
  const isAboutText = type === 'IfStatement' && nodesOf(node['consequent']).some((part) => part['name'] === 'msg');
  if (isAboutText || isArgumentCheck(node) || isForOtherRuntimes(node)) return [[start, end, '']];
  // The parameters of a response are `URLSearchParams` here; where they are copied, they still are.
  if (type === 'IfStatement' && isParametersTest(node['test']))
    return [[start, end, node['alternate'] ? 'parameters = new URLSearchParams(parameters);' : '']];
  const name = isNode(callee) ? String(callee['name']) : '';
  if (!/^(OPE|assertString|assertNumber|CodedTypeError|\w+Error)$/.test(name)) return [];
  const message = listOf(given)[name === 'assertString' ? 1 : name === 'assertNumber' ? 2 : 0];
  const isText = /^(Literal|TemplateLiteral|ConditionalExpression)$/.test(String(message?.['type']));
  const text: readonly Cut[] = message && isText ? [[message.start, message.end, "''"]] : [];
  // What stands beside the text, but for the response or its body, which say whose mistake it was.
  const details = name === 'OPE' ? listOf(given)[2] : undefined;
  const isForReaders = !nodesOf(details).some((part) => /^(body|response)$/.test(String(part['name'])));
  return details?.['type'] === 'ObjectExpression' && isForReaders
    ? [...text, [details.start, details.end, '{}']]
    : text;
}

/** Whether a statement names the library as the user agent, which it does outside of browsers. */
function isForOtherRuntimes({ type, test }: SyntaxNode): boolean {
  return type === 'IfStatement' && nodesOf(test).some((node) => node['name'] === 'userAgent');
}

/** Whether a statement checks the type of an argument of the library's own functions, which our compiler has done. */
function isArgumentCheck({ type, expression, test, consequent }: SyntaxNode): boolean {
  const names = (value: unknown): readonly string[] => nodesOf(value).map((node) => String(node['name']));
  if (type === 'ExpressionStatement' && isNode(expression) && isNode(expression['callee'])) {
    return /^assert(As|Client|DPoP|PrivateKey|PublicKey)$/.test(String(expression['callee']['name']));
  }
  if (type === 'SwitchCase') return test === null && names(consequent).includes('CodedTypeError');
  const isTypeTest =
    type === 'IfStatement' &&
    names(test).some((name) => /^(looseInstanceOf|AbortSignal|URL|bodyUsed|extractable|usages)$/.test(name));
  return isTypeTest && names(consequent).includes('CodedTypeError');
}

/** What serves DPoP keys of other kinds than the worker makes, and the nonces, which the worker keeps itself. */
function cutOtherProofs({ type, id, key, body, value }: SyntaxNode): readonly Cut[] {
  const name = isNode(id) ? String(id['name']) : '';
  if (type === 'FunctionDeclaration' && /^(calculateJwkThumbprint|keyToJws|esAlg)$/.test(name)) {
    return nodesOf(body).flatMap(({ type: kind, test, start, end }): readonly Cut[] => {
      const isOther = isNode(test) && !/^(EC|ECDSA|P-256)$/.test(String(test['value']));
      return kind === 'SwitchCase' && isOther ? [[start, end, '']] : [];
    });
  }
  const method = type === 'MethodDefinition' && isNode(key) ? String(key['name']) : '';
  const statements = isNode(value) && isNode(value['body']) ? value['body'] : undefined;
  return statements && /^(get|set|cacheNonce)$/.test(method) ? [[statements.start, statements.end, '{}']] : [];
}

/** What is for options, and for members of the client, that the worker never gives. */
function cutUnusedOptions(node: SyntaxNode): readonly Cut[] {
  const { type, start, end, test, argument, property } = node;
  const names = (value: unknown): readonly string[] => nodesOf(value).map((part) => String(part['name']));
  if (type === 'MemberExpression' && isNode(property) && /^(jweDecrypt|jwksCache)$/.test(String(property['name'])))
    return [[start, end, 'undefined']];
  // The algorithm of the discovery is OpenID Connect's; `expectedNonce` is always given; each request has its own signal.
  const isOther =
    (type === 'SwitchCase' && isNode(test) && test['value'] === 'oauth2') ||
    (type === 'ReturnStatement' && names(argument).includes('processAuthorizationCodeOAuth2Response')) ||
    (type === 'ForOfStatement' && names(node['right']).includes('requests'));
  if (isOther) return [[start, end, '']];
  const isForOption =
    type === 'IfStatement' &&
    names(test).some((name) =>
      /^(decryptJwt|isFreshJwksCache|recognizedTokenTypes|useMtlsAlias|default_max_age|cache)$/.test(name),
    );
  return isForOption ? [alternateOf(node)] : [];
}

/** Of two ways to do the same, the one that only newer browsers know; and names and stacks of errors, which minifying spoils. */
function cutOlderWays(node: SyntaxNode): readonly Cut[] {
  const { type, start, end, test, expression } = node;
  const names = (value: unknown): readonly string[] => nodesOf(value).map((part) => String(part['name']));
  const asks = names(test).some((name) => /^(toBase64|fromBase64)$/.test(name)) || isUrlParse(test);
  if (asks && (type === 'IfStatement' || type === 'ConditionalExpression')) return [alternateOf(node)];
  const isAboutError =
    type === 'ExpressionStatement' &&
    isNode(expression) &&
    names(expression).some((name) => /^(constructor|error_description)$/.test(name)) &&
    nodesOf(expression).some((part) => part['type'] === 'ThisExpression');
  return isAboutError ? [[start, end, '']] : [];
}

function isUrlParse(test: unknown): boolean {
  const [, object, property] = nodesOf(test);
  return object?.['name'] === 'URL' && property?.['name'] === 'parse';
}

/** Leaves of a statement or expression with a condition what is done where it does not hold. */
function alternateOf({ start, end, alternate }: SyntaxNode): Cut {
  return isNode(alternate) ? [start, alternate.start, ''] : [start, end, ''];
}

/** Whether an expression asks what the parameters of an authorization response are. */
function isParametersTest(test: unknown): boolean {
  const [first, second] = nodesOf(test).filter(({ type }) => type !== 'UnaryExpression');
  return first?.['operator'] === 'instanceof' && second?.['name'] === 'parameters';
}

/** What Comlink does beside calling a method: the gate lets nothing else through, in neither direction. */
function cutProxies({ type, test, id, start, end, elements }: SyntaxNode): readonly Cut[] {
  if (type === 'SwitchCase' && isNode(test) && /^(GET|SET|CONSTRUCT|ENDPOINT)$/.test(String(test['value'])))
    return [[start, end, '']];
  if (type === 'VariableDeclarator' && isNode(id) && id['name'] === 'proxyFinalizers')
    return [[start, end, 'proxyFinalizers = false']];
  const [handler, next] = listOf(elements);
  const isProxyHandler = listOf(handler?.['elements'])[0]?.['value'] === 'proxy';
  return handler && next && isProxyHandler ? [[handler.start, next.start, '']] : [];
}

/** What our router does not use of Workbox's: one of the methods lets a page make the worker fetch URLs. */
function cutUnusedMethods({ type, key, test, start, end }: SyntaxNode): readonly Cut[] {
  const name = type === 'MethodDefinition' && isNode(key) ? String(key['name']) : '';
  const isUnused = /^(add(Cache|Fetch)Listener|set\w+Handler|(un)?registerRoute|routes|findMatchingRoute)$/.test(name);
  const isNeverSo =
    type === 'IfStatement' &&
    nodesOf(test).some((node) => /^_(catchHandler|defaultHandlerMap)$/.test(String(node['name'])));
  return isUnused || isNeverSo ? [[start, end, '']] : [];
}

/** By which Workbox's modules tell each other of their versions. */
function cutVersionMarks({ type, start, end }: SyntaxNode): readonly Cut[] {
  return type === 'TryStatement' ? [[start, end, '']] : [];
}

/** The store that idb-keyval opens for who names none. */
function cutDefaultStore({ type, left, right, end }: SyntaxNode): readonly Cut[] {
  const isDefault =
    type === 'AssignmentPattern' &&
    isNode(right) &&
    isNode(right['callee']) &&
    right['callee']['name'] === 'defaultGetStore';
  return isDefault && isNode(left) ? [[left.end, end, '']] : [];
}

/** A syntax tree's nodes, each before what is in it. */
function nodesOf(value: unknown): readonly SyntaxNode[] {
  if (typeof value !== 'object' || value === null) return [];
  return [...(isNode(value) ? [value] : []), ...Object.values(value).flatMap(nodesOf)];
}

function listOf(value: unknown): readonly SyntaxNode[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'start' in value && 'end' in value;
}
