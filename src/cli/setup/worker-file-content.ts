import { LIBRARY_FILE } from '../../protocol/default-names.ts';
import { parse, type CallExpression, type Program } from 'acorn';

/**
 * Whether a worker file holds nothing but Tokenward, so that nothing of the app is lost with it: the import of the library
 * and the configuration.
 */
export function holdsOnlyTokenward(text: string): boolean {
  return (
    parseScript(text)?.body.every((statement) => {
      if (statement.type !== 'ExpressionStatement') return false;
      if (statement.directive !== undefined && statement.directive !== null) return true;
      return statement.expression.type === 'CallExpression' && isOfTokenward(statement.expression);
    }) === true
  );
}

function isOfTokenward({ callee, arguments: given }: CallExpression): boolean {
  if (callee.type === 'Identifier' && callee.name === 'importScripts') {
    return given.every(
      (argument) => argument.type === 'Literal' && String(argument.value).split('/').at(-1) === LIBRARY_FILE,
    );
  }
  if (callee.type !== 'MemberExpression' || callee.object.type !== 'Identifier') return false;
  return callee.object.name === 'tokenward';
}

function parseScript(text: string): Program | undefined {
  try {
    return parse(text, { ecmaVersion: 'latest', sourceType: 'script' });
  } catch {
    return undefined;
  }
}
