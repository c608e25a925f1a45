/** `npm run sample -- --help`: acts on the sample Retell account while `npm start` runs. */
import { join } from 'node:path';
import { visibleSentence } from '../../shared/visible-text.ts';
import { runSample } from './run-sample.ts';

try {
  process.stdout.write(`${await runSample(process.argv.slice(2), join(import.meta.dirname, '../..'))}\n`);
} catch (error) {
  process.stderr.write(`${visibleSentence(error instanceof Error ? error.message : String(error))}\n`);
  process.exitCode = 1;
}
