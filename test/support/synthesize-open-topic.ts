/** A synthesis that cdk-nag refuses: a topic without TLS beside a whole deployment. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { readDeployment } from '../../infra/aws/deployment.ts';
import { createStacks } from '../../infra/aws/stacks.ts';

const outdir = mkdtempSync(join(process.env['TEST_SYNTHESIS'] ?? tmpdir(), 'offending-'));
// CDK's own validation of the templates is not what fails here.
const app = new App({ outdir, builtinCloudFormationValidation: false, context: { 'aws:cdk:bundling-stacks': [] } });
const { monitoring } = createStacks(app, readDeployment({ deployment: 'examples/own-postgres' }));
// oxlint-disable-next-line no-new -- constructs are made for their effect on their scope
new Topic(monitoring.stack, 'Open');
app.synth();
