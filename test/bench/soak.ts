import { runFigures } from '../support/figures.ts';
import { runSoak, SOAK_OPTIONS } from './soak-run.ts';

await runFigures({
  name: 'soak',
  description: 'An hour of use by a clock that is set forward: whether memory, storage, ports or listeners grow.',
  options: SOAK_OPTIONS,
  run: (figures) => runSoak(figures),
});
