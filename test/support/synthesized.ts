/** The CDK app's result, read from its templates as CloudFormation would. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { type Certificate, createCa } from './ca.ts';
import { COMPILE_CACHE } from './child-environment.ts';
import { withOwnPostgres } from './deployment-settings.ts';
import type { DeployedFunction } from './lambda-runtime.ts';

const PROJECT = join(import.meta.dirname, '..', '..');

const LambdaProperties = v.object({
  Handler: v.string(),
  Timeout: v.number(),
  Code: v.object({ S3Key: v.string() }),
  Environment: v.object({ Variables: v.record(v.string(), v.unknown()) }),
});
const Template = v.object({
  Resources: v.record(v.string(), v.object({ Type: v.string(), Properties: v.optional(v.unknown(), {}) })),
});
const Schedule = v.object({ Target: v.object({ Input: v.pipe(v.string(), v.parseJson()) }) });
const Route = v.object({ RouteKey: v.string(), Target: v.object({ 'Fn::Join': v.unknown() }) });
const Integration = v.object({ IntegrationUri: v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.string()]) }) });

export interface Synthesized {
  readonly directory: string;
  /** The CA in the setting `database.caFile`. */
  readonly databaseCa: Certificate;
  /** By logical id without its hash, such as `SyncFunction`. */
  readonly functions: ReadonlyMap<string, DeployedFunction>;
  /** The input of the schedule. */
  readonly scheduled: unknown;
  /** The function of a route. */
  functionOf(routeKey: string): DeployedFunction;
}

/** Runs `cdk synth`, bundles included: about 10 s, once for all test files. */
export async function synthesize(): Promise<Synthesized> {
  const home = process.env['TEST_SYNTHESIS'] ?? '';
  const directory = join(home, 'cdk.out');
  // Only one worker creates this folder.
  const mine = await mkdir(join(home, 'begun')).then(
    () => true,
    () => false,
  );
  if (mine) {
    await runApp(home, join(home, 'making'));
    await rename(join(home, 'making'), directory);
  }
  while (!existsSync(directory)) await delay(50);
  return { ...readService(directory), databaseCa: await readCa(home) };
}

async function runApp(home: string, directory: string): Promise<void> {
  const { certificate, key } = await createCa('Database');
  await writeFile(join(home, 'database.crt'), certificate);
  await writeFile(join(home, 'database.key'), key);
  const cdk = join('node_modules', 'aws-cdk', 'bin', 'cdk');
  const deployment = join(home, 'deployment.json');
  const { database, ...settings } = withOwnPostgres();
  await writeFile(
    deployment,
    JSON.stringify({
      ...settings,
      database: { ...Object(database), caFile: join(home, 'database.crt') },
      createInterviewerTable: true,
    }),
  );
  const options = ['--output', directory, '--context', `deployment=${deployment}`];
  await promisify(execFile)(process.execPath, [cdk, 'synth', '--quiet', '--no-notices', ...options], {
    cwd: PROJECT,
    // Without credentials, a region or a home: a synthesis needs none of them.
    env: {
      PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
      HOME: home,
      ...COMPILE_CACHE,
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      // A third of the time, and done by synthesize-templates.ts.
      CDK_VALIDATION: 'false',
    },
  });
}

async function readCa(home: string): Promise<Certificate> {
  const read = (name: string) => readFile(join(home, name), 'utf8');
  return { certificate: await read('database.crt'), key: await read('database.key') };
}

function readService(directory: string): Omit<Synthesized, 'databaseCa'> {
  const text = readFileSync(join(directory, 'Service.template.json'), 'utf8');
  const resources = Object.entries(v.parse(v.pipe(v.string(), v.parseJson(), Template), text).Resources);
  const ofType = (type: string) => resources.filter(([, resource]) => resource.Type === type);
  const byId = new Map(
    ofType('AWS::Lambda::Function').map(([id, { Properties }]) => [id, deployed(directory, id, Properties)]),
  );
  const routes = new Map(
    ofType('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => {
      const { RouteKey, Target } = v.parse(Route, Properties);
      const [, integration] = /"Ref":"(\w+)"/.exec(JSON.stringify(Target)) ?? [];
      return [RouteKey, integration ?? ''];
    }),
  );
  const [schedule] = ofType('AWS::Scheduler::Schedule').map(([, { Properties }]) => v.parse(Schedule, Properties));
  const integrations = new Map(
    ofType('AWS::ApiGatewayV2::Integration').map(([id, { Properties }]) => [
      id,
      v.parse(Integration, Properties).IntegrationUri['Fn::GetAtt'][0],
    ]),
  );
  return {
    directory,
    scheduled: schedule?.Target.Input,
    functions: new Map([...byId.values()].map((lambda) => [lambda.name, lambda])),
    functionOf(routeKey) {
      const found = byId.get(integrations.get(routes.get(routeKey) ?? '') ?? '');
      if (found === undefined) throw new Error(`The API has no route ${routeKey}`);
      return found;
    },
  };
}

function deployed(directory: string, id: string, properties: unknown): DeployedFunction {
  const { Handler, Timeout, Code, Environment } = v.parse(LambdaProperties, properties);
  return {
    name: id.replace(/[0-9A-F]{8}$/, ''),
    directory: join(directory, `asset.${Code.S3Key.replace('.zip', '')}`),
    handler: Handler,
    timeoutMs: Timeout * 1_000,
    environment: Object.fromEntries(
      Object.entries(Environment.Variables).map(([variable, value]) => [variable, resolved(value)]),
    ),
  };
}

/** References to other resources become their names. */
function resolved(value: unknown): string {
  return typeof value === 'string' ? value : `arn:aws:test:eu-central-1:123456789012:${JSON.stringify(value)}`;
}
