import { parseArgs } from 'node:util';
import { ROOT } from '../support/build.ts';
import { conclude } from './conclude.ts';

const { values } = parseArgs({
  options: { 'failed-steps': { type: 'string' }, root: { type: 'string', default: ROOT } },
});
const failedSteps = values['failed-steps'];
const { lines, hasSucceeded } = await conclude(
  values.root,
  failedSteps === undefined ? undefined : Number(failedSteps),
);
process.stdout.write(`${lines.join('\n')}\n`);
process.exitCode = hasSucceeded ? 0 : 1;
