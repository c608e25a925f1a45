/**
 * `node synthesize-templates.ts <folder>`: the templates of all configurations, without bundles, each in its own
 * folder. With `combinations` after it: those of all pairs of settings instead.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import * as v from 'valibot';
import { parseSettings } from '../../infra/aws/settings.ts';
import { createStacks } from '../../infra/aws/stacks.ts';
import { combinations } from './combinations.ts';
import { CONFIGURATION_NAMES, fileOf } from './configurations.ts';
import type { SettingsFileContent } from './deployment-settings.ts';

export const ACKNOWLEDGED = 'acknowledged.json';
const WARNINGS = 'warnings.json';
/** Together they have every resource. CDK's own validation takes longer than a synthesis, and cfn-lint checks all. */
const VALIDATED_BY_CDK = new Set(['natGateway', 'publicRds', 'fullAlarms', 'everySetting']);

const Acknowledged = v.record(v.string(), v.string());
const Configuration = v.pipe(v.string(), v.parseJson(), v.object({ context: v.record(v.string(), v.unknown()) }));
/** Includes CDK's feature flags, which change its templates. */
const CONFIGURED = v.parse(
  Configuration,
  readFileSync(join(import.meta.dirname, '..', '..', 'cdk.json'), 'utf8'),
).context;

const [home = '', which] = process.argv.slice(2);
if (which === 'combinations') {
  for (const [index, content] of combinations().entries()) synthesize(join(home, String(index)), content);
} else {
  for (const name of CONFIGURATION_NAMES) synthesize(join(home, name), fileOf(name), name === 'smallAccount');
}

/** Throws if cdk-nag has unacknowledged findings. */
function synthesize(outdir: string, content: SettingsFileContent, isExample = false): void {
  mkdirSync(outdir, { recursive: true });
  const name = basename(outdir);
  const app = new App({
    outdir,
    context: { ...CONFIGURED, 'aws:cdk:bundling-stacks': [] },
    builtinCloudFormationValidation: VALIDATED_BY_CDK.has(name),
  });
  createStacks(app, { name, settings: parseSettings(content, 'test'), isExample });
  app.synth();
  writeFileSync(join(outdir, ACKNOWLEDGED), JSON.stringify(acknowledgedIn(app)));
  writeFileSync(join(outdir, WARNINGS), JSON.stringify(warningsIn(app)));
}

/** What a person who deploys reads. */
function warningsIn(app: App): string[] {
  const metadata = app.node.findAll().flatMap(({ node }) => node.metadata);
  return metadata.filter(({ type }) => type === 'aws:cdk:warning').map(({ data }) => String(data));
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
