/** The app's templates without its bundles, which take most of a synthesis' time. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as v from 'valibot';
import { parseSettings } from '../../infra/aws/settings.ts';
import { createStacks } from '../../infra/aws/stacks.ts';

export interface Templates {
  /** null when the team brings its own database. */
  readonly data: Template | null;
  readonly service: Template;
  readonly monitoring: Template;
  readonly all: readonly Template[];
  /** Findings of cdk-nag that are acknowledged, as `path id`, sorted. */
  readonly acknowledged: readonly string[];
}

const Acknowledged = v.record(v.string(), v.string());
const Configuration = v.pipe(v.string(), v.parseJson(), v.object({ context: v.record(v.string(), v.unknown()) }));
/** CDK's feature flags among it, by which its templates differ. */
const CONFIGURED = v.parse(
  Configuration,
  readFileSync(join(import.meta.dirname, '..', '..', 'cdk.json'), 'utf8'),
).context;

/** Throws when cdk-nag finds what is not acknowledged. */
export function templatesOf(settings: Readonly<Record<string, unknown>> = {}): Templates {
  const outdir = mkdtempSync(join(process.env['TEST_SYNTHESIS'] ?? tmpdir(), 'templates-'));
  const app = new App({
    outdir,
    context: { ...CONFIGURED, 'aws:cdk:bundling-stacks': [] },
  });
  const { data, service, monitoring } = createStacks(app, parseSettings(settings));
  const [dataTemplate, ...others] = [data?.stack, service.stack, monitoring.stack].map((stack) =>
    stack === undefined ? null : Template.fromStack(stack),
  );
  const [serviceTemplate, monitoringTemplate] = others;
  if (!serviceTemplate || !monitoringTemplate) throw new Error('Two stacks are always made');
  const templates = { data: dataTemplate ?? null, service: serviceTemplate, monitoring: monitoringTemplate };
  return {
    ...templates,
    all: [dataTemplate, serviceTemplate, monitoringTemplate].filter((template) => template instanceof Template),
    acknowledged: acknowledgedIn(app),
  };
}

/** The properties of every resource of a type, in whichever stack. */
export function propertiesOf({ all }: Pick<Templates, 'all'>, type: string) {
  return all.flatMap((template) => Object.values(template.findResources(type)).map(({ Properties }) => Properties));
}

/** A value as it is, or the beginning of the id of the resource that it is imported from. */
export function referredTo(value: unknown): string {
  const [, id] = /ExportsOutput(?:Ref|FnGetAtt)([A-Za-z]+?)[0-9A-F]{8}/.exec(JSON.stringify(value)) ?? [];
  return id ?? String(value);
}

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
