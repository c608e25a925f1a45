/** The whole system as its users see it: the real handlers, a separate database and a simulated Retell account. */
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import * as v from 'valibot';
import { HANDLERS } from '../../infra/local/handlers.ts';
import type { NewStoredAgent } from '../../infra/local/retell-simulator/account.ts';
import { signWebhook } from '../../infra/local/retell-simulator/webhooks.ts';
import { ENDPOINTS } from '../../shared/api/endpoints.ts';
import { parseConfig } from '../../shared/config.ts';
import type { DomainEvent, MetricName } from '../../shared/contract.ts';
import { matchEndpoint } from '../../shared/http/match-endpoint.ts';
import { createTransport } from '../../shared/retell/transport.ts';
import { composeServices, provideServices, type Services } from '../../shared/services.ts';
import { type HttpRequest, httpEvent, testContext } from './events.ts';
import { type LogEntry, recordingLog } from './log.ts';
import { createTestDatabase, type TestDatabase } from './postgres.ts';
import { hurriedClock, type Simulator, TEST_KEY, testRetell, testSimulator } from './simulator.ts';

export interface TestResponse {
  readonly status: number;
  // Tests read responses by field name, as a caller's program does.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
  readonly headers: Readonly<Record<string, string>>;
}

export interface TestSystem {
  readonly simulator: Simulator;
  readonly database: TestDatabase;
  readonly log: LogEntry[];
  readonly events: DomainEvent[];
  readonly metrics: Partial<Record<MetricName, number>>[];
  services(): Services;
  addAgents(agents: readonly NewStoredAgent[]): void;
  /**
   * New settings, as after a deployment: environment variables on top of the test's own.
   * As there, requests that are running finish with the old ones.
   */
  configure(env: Readonly<Record<string, string>>): Promise<void>;
  /** `call('POST /api/sync-retell-agents', { dry_run: true })` */
  call(
    route: string,
    body?: object | string | Buffer,
    request?: Partial<HttpRequest> & { remainingMs?: number },
  ): Promise<TestResponse>;
  /**
   * Milliseconds that a request to Retell takes on the client's clock, by its path: no time of this machine. With it a run is
   * out of time after the same request, however busy the machine is.
   */
  requestsTake(ms: number | ((path: string) => number)): void;
  /** From now on no time of this machine passes on the client's clock, so that no run takes long. */
  stopTime(): void;
  /** Invokes the scheduled sync as EventBridge does. */
  direct(event: unknown, remainingMs?: number): Promise<unknown>;
  /** Sends a signed webhook. */
  webhook(
    payload: unknown,
    options?: { key?: string; body?: string | Buffer; remainingMs?: number },
  ): Promise<TestResponse>;
  /** Of the `interviewer` table, in order of id. */
  // oxlint-disable-next-line typescript/no-explicit-any
  rows(): Promise<Record<string, any>[]>;
  /** The agent's row, or undefined. */
  // oxlint-disable-next-line typescript/no-explicit-any
  row(agent_id: string): Promise<Record<string, any> | undefined>;
  close(): Promise<void>;
}

export interface SystemOptions {
  readonly agents?: readonly NewStoredAgent[];
  readonly env?: Readonly<Record<string, string>>;
  readonly database?: TestDatabase;
  /** Generous by default, so that a busy machine causes no timeout. */
  readonly callTimeoutMs?: number;
}

/** Always the system of the current test. */
export interface LiveSystem extends TestSystem {
  /** Replaces the system by another with these options. */
  restart(options: SystemOptions): Promise<void>;
}

/** Starts a system before each test of the file or group, and closes it afterwards. */
export function useSystem(options: SystemOptions = {}): LiveSystem {
  const system = liveSystem();
  beforeEach(() => start(system, options));
  afterEach(() => system.close());
  return system;
}

/** Like `useSystem`, but one system serves all tests of the file or group. */
export function useSharedSystem(options: SystemOptions = {}): LiveSystem {
  const system = liveSystem();
  beforeAll(() => start(system, options));
  afterAll(() => system.close());
  return system;
}

function liveSystem(): LiveSystem {
  const system: LiveSystem = Object.create(null);
  return Object.assign(system, {
    async restart(options: SystemOptions) {
      await system.close();
      await start(system, options);
    },
  });
}

async function start(system: TestSystem, options: SystemOptions): Promise<void> {
  Object.assign(system, await startSystem(options));
}

export async function startSystem(options: SystemOptions = {}): Promise<TestSystem> {
  const { agents = [], env = {}, database: given, callTimeoutMs = 5_000 } = options;
  const simulator = await testSimulator(agents);
  const database = given ?? (await createTestDatabase());
  const log: LogEntry[] = [];
  const events: DomainEvent[] = [];
  const metrics: Partial<Record<MetricName, number>>[] = [];
  let msOf: (path: string) => number = () => 0;
  let stopped_at: number | undefined;
  let current = compose(env);
  const all = [current];
  provideServices(current);

  function compose(settings: Readonly<Record<string, string>>): Services {
    const own = { DATABASE_URL: database.url, RETELL_API_KEY: TEST_KEY, RETELL_BASE_URL: simulator.url };
    const config = parseConfig({ ...own, ...settings });
    const key = config.retellApiKey?.kind === 'value' ? config.retellApiKey.value : TEST_KEY;
    const clock = hurriedClock(() => stopped_at ?? performance.now());
    const send = createTransport();
    const composed = composeServices(config, {
      log: recordingLog(log),
      // The real client on a clock whose waits take no time.
      retell: testRetell(simulator, {
        apiKey: () => Promise.resolve(key),
        agentVersion: config.agentVersion,
        concurrency: config.retellConcurrency,
        callTimeoutMs,
        clock,
        async transport(url, init) {
          const response = await send(url, init);
          clock.pass(msOf(new URL(url instanceof Request ? url.url : url).pathname));
          return response;
        },
      }),
      events: {
        async publish(published) {
          events.push(...published);
          return 0;
        },
      },
    });
    const record = (values: Partial<Record<MetricName, number>>) => void metrics.push(values);
    return { ...composed, metrics: { record } };
  }

  async function call(
    route: string,
    body?: object | string | Buffer,
    request: Partial<HttpRequest> & { remainingMs?: number } = {},
  ) {
    const [method = 'GET', path = '/'] = route.split(' ');
    const { remainingMs, ...rest } = request;
    const event = httpEvent({ method, path, ...(body === undefined ? {} : { body }), ...rest });
    const chosen = matchEndpoint(ENDPOINTS, method, path.split('?')[0] ?? '/')?.endpoint.function ?? 'console';
    const result = await HANDLERS[chosen](event, testContext(remainingMs));
    return parseResponse(result);
  }

  return {
    simulator,
    database,
    log,
    events,
    metrics,
    services: () => current,
    addAgents(added) {
      for (const agent of added) simulator.account.addAgent(agent);
    },
    async configure(settings) {
      current = compose({ ...env, ...settings });
      all.push(current);
      provideServices(current);
    },
    call,
    stopTime() {
      stopped_at = performance.now();
    },
    requestsTake(ms) {
      msOf = typeof ms === 'number' ? () => ms : ms;
    },
    direct: (event, remainingMs) => HANDLERS['scheduled-sync'](event, testContext(remainingMs)),
    async webhook(payload, { key = TEST_KEY, body = JSON.stringify(payload), ...request } = {}) {
      const signature = await signWebhook(body.toString(), key);
      return call('POST /api/retell-webhook', body, {
        ...request,
        headers: { 'content-type': 'application/json', 'x-retell-signature': signature },
      });
    },
    rows: () => database.query('select * from interviewer order by id'),
    row: async (agent_id) =>
      (await database.query('select * from interviewer where agent_id = $1 order by id', [agent_id]))[0],
    async close() {
      provideServices(undefined);
      await Promise.all(all.map((services) => services.close()));
      await simulator.close();
      await database.drop();
    },
  };
}

const Result = v.object({
  statusCode: v.number(),
  headers: v.record(v.string(), v.string()),
  body: v.string(),
  isBase64Encoded: v.optional(v.boolean(), false),
});

function parseResponse(result: unknown): TestResponse {
  const { statusCode, headers, body } = v.parse(Result, result);
  const json = headers['content-type']?.startsWith('application/json') === true;
  return { status: statusCode, headers, body: json && body !== '' ? JSON.parse(body) : body };
}
