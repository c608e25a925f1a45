/** The CDK app: `npm run synth`, `npx cdk deploy --all`. */
import { App } from 'aws-cdk-lib';
import { parseSettings, type Settings, SettingsError } from './settings.ts';
import { createStacks } from './stacks.ts';

const app = new App();
const settings = readSettings();
if (settings === null) process.exitCode = 1;
else createStacks(app, settings);

function readSettings(): Settings | null {
  try {
    return parseSettings(app.node.getAllContext());
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return null;
  }
}
