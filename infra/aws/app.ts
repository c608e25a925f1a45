/** The CDK app: `npm run synth`, `npx cdk deploy --all`. */
import { App } from 'aws-cdk-lib';
import { type Deployment, readDeployment } from './deployment.ts';
import { SettingsError } from './settings.ts';
import { createStacks } from './stacks.ts';

const app = new App();
const deployment = read();
if (deployment === null) process.exitCode = 1;
else createStacks(app, deployment);

function read(): Deployment | null {
  try {
    return readDeployment(app.node.getAllContext());
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return null;
  }
}
