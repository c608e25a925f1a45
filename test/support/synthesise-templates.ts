/** `node synthesise-templates.ts <folder>`: the templates of all configurations, without bundles, a folder for each. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import * as v from 'valibot';
import { parseSettings } from '../../infra/aws/settings.ts';
import { createStacks } from '../../infra/aws/stacks.ts';
import { CONFIGURATION_NAMES, type ConfigurationName, fileOf } from './configurations.ts';

export const ACKNOWLEDGED = 'acknowledged.json';

const Acknowledged = v.record(v.string(), v.string());
const Configuration = v.pipe(v.string(), v.parseJson(), v.object({ context: v.record(v.string(), v.unknown()) }));
/** CDK's feature flags among it, by which its templates differ. */
const CONFIGURED = v.parse(
  Configuration,
  readFileSync(join(import.meta.dirname, '..', '..', 'cdk.json'), 'utf8'),
).context;

const [home] = process.argv.slice(2);
if (home !== undefined) for (const name of CONFIGURATION_NAMES) synthesise(home, name);

/** Throws if cdk-nag has unacknowledged findings. */
function synthesise(home: string, name: ConfigurationName): void {
  const outdir = join(home, name);
  mkdirSync(outdir, { recursive: true });
  const app = new App({ outdir, context: { ...CONFIGURED, 'aws:cdk:bundling-stacks': [] } });
  createStacks(app, { name, settings: parseSettings(fileOf(name), 'test'), isExample: name === 'smallAccount' });
  app.synth();
  writeFileSync(join(outdir, ACKNOWLEDGED), JSON.stringify(acknowledgedIn(app)));
}

/** Findings of cdk-nag, as `path id`, sorted. */
function acknowledgedIn(app: App): string[] {
  return app.node
    .findAll()
    .flatMap(({ node }) =>
      node.metadata
        .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
        .flatMap(({ data }) => Object.keys(v.parse(Acknowledged, data)))
        .filter((id) => id.includes('AwsSolutions'))
        .map((id) => `${node.path} ${id.replace(/^.*AwsSolutions-/, '')}`),
    )
    .sort();
}
