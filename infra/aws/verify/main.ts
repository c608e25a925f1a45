/**
 * `npm run verify:deployed -- <deployment> [--restart-nat] [--rotate]`: checks on a real account what only an account
 * can show. It changes only the state of an alarm, unless its options request a restart of the NAT or a new password.
 * `--smoke-since <time>`: only health, status and alarms, after a deployment that began at that time.
 */
import { parseArgs } from 'node:util';
import { CloudFormationServiceException } from '@aws-sdk/client-cloudformation';
import { readDeployment } from '../deployment.ts';
import { SettingsError } from '../settings.ts';
import { createStepContext } from './context.ts';
import { runSteps } from './step.ts';
import { STEPS, smokeSteps } from './steps.ts';

const PAUSES = { pauseMs: 10_000, settleMs: 60_000 };

/** The SDK's words. */
const NO_REGION = 'Region is missing';
const USAGE =
  'Usage: npm run verify:deployed -- [deployment] [--restart-nat] [--rotate] [--smoke-since <time>]: shows what only an account can show.';

const OPTIONS = {
  help: { type: 'boolean', short: 'h', default: false },
  'restart-nat': { type: 'boolean', default: false },
  rotate: { type: 'boolean', default: false },
  'smoke-since': { type: 'string' },
} as const;

try {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: OPTIONS });
  if (values.help) {
    console.log(USAGE);
    process.exit();
  }
  const [name] = positionals;
  const since = values['smoke-since'];
  if (since !== undefined && Number.isNaN(Date.parse(since)))
    throw new SettingsError(`--smoke-since ${since} is no time; such as 2026-11-28T09:00:00Z`);
  const deployment = readDeployment(name === undefined ? {} : { deployment: name });
  const context = await createStepContext(deployment, {
    restartNat: values['restart-nat'],
    rotate: values.rotate,
    ...PAUSES,
  });
  const steps = since === undefined ? STEPS : smokeSteps(new Date(since));
  if (!(await runSteps(steps, context, console.log))) process.exitCode = 1;
} catch (error) {
  // Without credentials, or before the first deployment, there are no stacks to read.
  const isExpected =
    error instanceof SettingsError ||
    error instanceof CloudFormationServiceException ||
    (error instanceof Error && (error.name === 'CredentialsProviderError' || error.message === NO_REGION)) ||
    isOfArguments(error);
  if (!isExpected) throw error;
  console.error(
    error.message === NO_REGION ? `${NO_REGION}: set it in the deployment's file, or AWS_REGION.` : error.message,
  );
  process.exitCode = 1;
}

function isOfArguments(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_');
}
