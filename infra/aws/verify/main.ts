/**
 * `npm run verify:deployed -- <deployment> [--restart-nat] [--rotate]`: shows on a real account what only an account can
 * show. It changes nothing but the state of an alarm, unless it is asked to restart the NAT or to replace a password.
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
