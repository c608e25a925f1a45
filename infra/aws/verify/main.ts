/**
 * `npm run verify:deployed -- <deployment> [--restart-nat] [--rotate]`: verifies in a real account what cannot be tested
 * elsewhere. Changes only the state of an alarm, unless an option asks it to restart the NAT or replace a password.
 */
import { parseArgs } from 'node:util';
import { readDeployment } from '../deployment.ts';
import { SettingsError } from '../settings.ts';
import { createStepContext } from './context.ts';
import { runSteps, STEPS } from './steps.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'restart-nat': { type: 'boolean', default: false }, rotate: { type: 'boolean', default: false } },
});

try {
  const [name] = positionals;
  const deployment = readDeployment(name === undefined ? {} : { deployment: name });
  const context = await createStepContext(deployment, { restartNat: values['restart-nat'], rotate: values.rotate });
  if (!(await runSteps(STEPS, context, console.log))) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
