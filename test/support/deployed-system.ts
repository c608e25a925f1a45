/** The deployed functions, each in its own process, with everything that they call. */
import { afterEach, beforeAll, beforeEach } from '@jest/globals';
import * as v from 'valibot';
import type { NewStoredAgent } from '../../infra/local/retell-simulator/account.ts';
import { signWebhook } from '../../infra/local/retell-simulator/webhooks.ts';
import { routeKey } from '../../shared/api/endpoint.ts';
import { ENDPOINTS } from '../../shared/api/endpoints.ts';
import { ENVIRONMENT, METRIC_DIMENSION, METRIC_NAMESPACE, type MetricName } from '../../shared/contract.ts';
import { matchEndpoint } from '../../shared/http/match-endpoint.ts';
import { type AwsStandIn, startAwsStandIn } from './aws-stand-in.ts';
import { createDeployedRoles, type DeployedRoles } from './deployed-roles.ts';
import { type HttpRequest, httpEvent } from './events.ts';
import { type Container, type DeployedFunction, startContainer } from './lambda-runtime.ts';
import { createTestDatabase, type TestDatabase } from './postgres.ts';
import type { Simulator } from './simulator.ts';
import { TEST_KEY, testSimulator } from './simulator.ts';
import { type Synthesized, synthesize } from './synthesized.ts';

export const TOKEN = 'token_of_the_deployed_system_0123456789abcdef';

export const SYNC = { method: 'POST', path: '/api/sync-retell-agents' } as const;
export const AUDIT = { path: '/api/audit-agents' } as const;
export const CLEANUP = { method: 'POST', path: '/api/audit-agents', body: { action: 'cleanup_orphaned' } } as const;
export const HEALTH = { path: '/api/health' } as const;

/** Two interviewers, and an agent that is not an interviewer. */
export const THREE_AGENTS = [
  { agent_id: 'agent_lisa', agent_name: 'Explorer Lisa', published: true },
  { agent_id: 'agent_bob', agent_name: 'Empathetic Bob', published: true },
  { agent_id: 'agent_sales', agent_name: 'Sales', published: true },
];

const Result = v.object({ statusCode: v.number(), headers: v.record(v.string(), v.string()), body: v.string() });
const Body = v.fallback(v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown())), {});

export interface HttpAnswer {
  readonly status: number;
  /** The body of a JSON response; empty for any other. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The body as text. */
  readonly text: string;
}

export interface DeployedSystem {
  readonly aws: AwsStandIn;
  readonly simulator: Simulator;
  readonly database: TestDatabase;
  /** The warm container of the function of this name, such as `ScheduledSyncFunction`; another one when it was killed. */
  container(name: string): Promise<Container>;
  /** Another one, started cold. */
  startContainer(name: string): Promise<Container>;
  /** Through the API's routes, with the token unless `authorization` is given. */
  request(request: HttpRequest & { readonly timeoutMs?: number }): Promise<HttpAnswer>;
  webhook(payload: object, key?: string): Promise<HttpAnswer>;
  readonly roles: DeployedRoles;
  secretArn(variable: string): string;
  /** Names of the active rows, sorted. */
  activeNames(): Promise<string[]>;
  /** How the runs were started and ended, in order. */
  runs(): Promise<readonly { readonly trigger: string; readonly status: string }[]>;
  /** The values of a metric, as CloudWatch extracts them from the log. */
  metric(name: MetricName): number[];
  /** Of all containers. */
  output(): string;
  /** Throws when a container wrote a secret to its output. */
  close(): Promise<void>;
}

export interface DeployedSystemOptions {
  readonly agents?: readonly NewStoredAgent[];
  readonly migrated?: boolean;
  /** Environment of the containers, in addition to the templates'. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts a system with three agents before each test of the file, and closes it afterwards. */
export function useDeployedSystem(): DeployedSystem {
  const system: DeployedSystem = Object.create(null);
  let synthesized: Synthesized;
  beforeAll(async () => {
    synthesized = await synthesize();
  }, 180_000);
  beforeEach(async () => {
    Object.assign(system, await startDeployedSystem(synthesized, { agents: THREE_AGENTS }));
  }, 30_000);
  afterEach(() => system.close());
  return system;
}

export async function startDeployedSystem(
  synthesized: Synthesized,
  { agents = [], migrated = true, environment = {} }: DeployedSystemOptions = {},
): Promise<DeployedSystem> {
  const [aws, simulator, database] = await Promise.all([
    startAwsStandIn(),
    testSimulator(agents),
    createTestDatabase({ migrated }),
  ]);
  const secretArn = (variable: string) => arnOf(synthesized, variable);
  const roles = await createDeployedRoles(database, migrated, {
    owner: (text) => aws.secrets.set(secretArn(ENVIRONMENT.databaseOwnerSecretArn), text),
    service: (text) => aws.secrets.set(secretArn(ENVIRONMENT.databaseSecretArn), text),
  }).catch(async (error: unknown) => {
    // A server that keeps listening would prevent the test run from ending.
    await Promise.all([aws.close(), simulator.close(), database.drop()]);
    throw error;
  });
  aws.secrets.set(secretArn(ENVIRONMENT.retellApiKeySecretArn), TEST_KEY);
  aws.secrets.set(secretArn(ENVIRONMENT.syncAuthTokenSecretArn), TOKEN);
  const containers: Container[] = [];
  const warm = new Map<string, Promise<Container>>();

  async function start(deployed: DeployedFunction): Promise<Container> {
    const given = {
      ...aws.environment,
      RETELL_BASE_URL: simulator.url,
      // Set as for a database created for this service.
      [ENVIRONMENT.createInterviewerTable]: 'true',
      ...environment,
    };
    const container = await startContainer(deployed, given);
    containers.push(container);
    return container;
  }
  function container(name: string): Promise<Container> {
    const existing = warm.get(name) ?? start(functionNamed(synthesized, name));
    const usable = existing.then((found) => (found.ended() ? start(functionNamed(synthesized, name)) : found));
    warm.set(name, usable);
    return usable;
  }
  async function request({ timeoutMs, ...sent }: HttpRequest & { readonly timeoutMs?: number }): Promise<HttpAnswer> {
    const headers = { authorization: `Bearer ${TOKEN}`, ...sent.headers };
    const { pathname } = new URL(sent.path ?? '/', 'https://api.example');
    const match = matchEndpoint(ENDPOINTS, sent.method ?? 'GET', pathname);
    const { name } = synthesized.functionOf(match === undefined ? '$default' : routeKey(match.endpoint));
    const event = httpEvent({ ...sent, headers });
    const { payload } = await (await container(name)).invoke(event, timeoutMs === undefined ? {} : { timeoutMs });
    const { statusCode, body } = v.parse(Result, payload);
    return { status: statusCode, body: v.parse(Body, body), text: body };
  }

  const output = () => containers.map((started) => started.output()).join('');

  return {
    aws,
    simulator,
    database,
    container,
    startContainer: (name) => start(functionNamed(synthesized, name)),
    request,
    async webhook(payload, key = TEST_KEY) {
      const body = JSON.stringify(payload);
      const headers = { authorization: '', 'x-retell-signature': await signWebhook(body, key) };
      return request({ method: 'POST', path: '/api/retell-webhook', headers, body });
    },
    roles,
    secretArn,
    async activeNames() {
      const active = "select name from interviewer where sync_status = 'active' order by 1";
      return (await database.query<{ name: string }>(active)).map(({ name }) => name);
    },
    runs: () => database.query('select trigger, status from voice_agent_sync.run order by id'),
    metric: (name) => metricValues(output(), name),
    output,
    async close() {
      await Promise.all(containers.map((started) => started.stop()));
      await Promise.all([aws.close(), simulator.close(), database.drop()]);
      await roles.drop();
      const written = output();
      if ([TEST_KEY, TOKEN, ...roles.passwords].some((secret) => written.includes(secret)))
        throw new Error('A container wrote a secret to its output');
    },
  };
}

const EmbeddedMetrics = v.pipe(
  v.string(),
  v.parseJson(),
  v.looseObject({
    _aws: v.object({
      CloudWatchMetrics: v.tuple([
        v.object({
          Namespace: v.literal(METRIC_NAMESPACE),
          Dimensions: v.tuple([v.tuple([v.literal(METRIC_DIMENSION)])]),
          Metrics: v.array(v.object({ Name: v.string() })),
        }),
      ]),
    }),
    [METRIC_DIMENSION]: v.string(),
  }),
);
const MetricValues = v.union([v.number(), v.array(v.number())]);

/** In the embedded metric format: what its directive names, for the namespace and the dimension that the alarms watch. */
function metricValues(output: string, name: MetricName): number[] {
  const lines = output.split('\n').filter((line) => line.includes('"_aws"'));
  return lines.flatMap((line) => {
    const { _aws, ...values } = v.parse(EmbeddedMetrics, line);
    const [{ Metrics }] = _aws.CloudWatchMetrics;
    return Metrics.some(({ Name }) => Name === name) ? v.parse(MetricValues, values[name]) : [];
  });
}

function functionNamed(synthesized: Synthesized, name: string): DeployedFunction {
  const found = synthesized.functions.get(name);
  if (found === undefined) throw new Error(`There is no ${name}, but ${[...synthesized.functions.keys()].join(', ')}`);
  return found;
}

function arnOf(synthesized: Synthesized, variable: string): string {
  const arns = [...synthesized.functions.values()].flatMap(({ environment }) => environment[variable] ?? []);
  const [arn] = arns;
  if (arn === undefined) throw new Error(`No function has ${variable}`);
  return arn;
}
