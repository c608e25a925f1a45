/** `npm run preflight -- <deployment>`: checks the account for what would fail the deployment. Changes nothing. */
import { readDeployment } from '../deployment.ts';
import { SettingsError } from '../settings.ts';
import { createClients } from './clients.ts';
import { linesOf, runChecks } from './run-checks.ts';

const USAGE =
  'Usage: npm run preflight -- [deployment]: checks the account for what would fail it, and changes nothing.';

try {
  const [name] = process.argv.slice(2);
  if (name === '--help' || name === '-h') {
    console.log(USAGE);
    process.exit();
  }
  if (name?.startsWith('-') === true) throw new SettingsError(USAGE);
  const deployment = readDeployment(name === undefined ? {} : { deployment: name });
  const findings = await runChecks({ deployment, aws: createClients(deployment.settings.region) });
  for (const line of linesOf(findings)) console.log(line);
  if (findings.some(({ finding }) => finding.status === 'failed')) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
