/** Runs one schedule, then one sync without disturbance, and checks both sides. */
import type { QueryResultRow } from 'pg';
import { parseConfig } from '../../shared/config.ts';
import type { Database } from '../../shared/db/pool.ts';
import { composeServices, provideServices, type Services } from '../../shared/services.ts';
import { recordingLog } from '../support/log.ts';
import { type CommitLoser, loseCommits } from '../support/lose-commits.ts';
import { killable } from '../support/processes.ts';
import { TEST_KEY, type Travel, testRetell } from '../support/simulator.ts';
import { startSystem, type TestSystem } from '../support/system.ts';
import { checkIdle, checkResponses, checkState, checkSync } from './invariants.ts';
import { checkRowHistory } from './invariants-history.ts';
import { checkPushes } from './invariants-retell.ts';
import { emptyTables, recordRowChanges } from './row-history.ts';
import { runSchedule } from './run-schedule.ts';
import { type Schedule, scheduleOf } from './schedules.ts';

/** One for all schedules, because a new connection costs as much as a dozen statements. */
export interface ConvergenceSystem extends TestSystem {
  readonly proxy: CommitLoser;
  /** Connects through the proxy. */
  readonly proxied: Database;
}

export async function startConvergence(): Promise<ConvergenceSystem> {
  const system = await startSystem();
  await recordRowChanges(system.database);
  const proxy = await loseCommits(system.database.url, 0);
  const { database: proxied } = compose(system, null, proxy.url);
  return {
    ...system,
    proxy,
    proxied,
    async close() {
      await proxied.close();
      await proxy.close();
      await system.close();
    },
  };
}

export interface ScheduleResult {
  readonly violations: readonly string[];
  /** Number of processes that were killed. */
  readonly kills: number;
  readonly requests: number;
}

export async function convergence(system: ConvergenceSystem, seed: number): Promise<ScheduleResult> {
  const schedule = scheduleOf(seed);
  const template_id = await prepare(system, schedule);
  const given = composeWith(system, template_id);
  system.proxy.lose(schedule.lost_commits);
  const processes = killable({ ...given, database: losingCommits(system) });
  provideServices(processes.services);
  system.simulator.setLatency(latencies(schedule.travels));
  const recorded = await runSchedule(schedule, system, processes);
  system.simulator.setLatency(0);
  system.proxy.lose(0);
  const sent = [...system.simulator.requests.all];
  system.simulator.reset();
  await expireClaims(system);

  provideServices(composeWith(system, template_id));
  const violations = [
    ...checkResponses(recorded),
    ...(await checkConvergence(system, {
      full: recorded.repaired,
      has_second_sync: schedule.creates_agents,
      template_id,
    })),
    ...(await checkRowHistory(system, recorded)),
    ...(await checkPushes(system, recorded, [...sent, ...system.simulator.requests.all])),
  ];
  processes.release();
  return { violations, kills: processes.kills(), requests: recorded.responses.length };
}

interface Final {
  readonly full: boolean;
  /** Whether a second sync may still have changes, although both sides are in sync. */
  readonly has_second_sync: boolean;
  readonly template_id: string | null;
}

async function checkConvergence(
  system: TestSystem,
  { full, has_second_sync, template_id }: Final,
): Promise<readonly string[]> {
  const sync = (body = {}) => system.call('POST /api/sync-retell-agents', body);
  const missing_template = missingTemplate(system, template_id);
  const last = await sync({ confirm_orphans: true, full });
  const state = await checkState(system);
  const audit = await system.call('GET /api/audit-agents');
  // A row with the name of several new agents gets its own agent after these have rows.
  if (has_second_sync) await sync();
  const idle = checkIdle(await sync(), missing_template);
  return [...state, ...checkSync(last, audit, missing_template), ...idle, ...(await checkState(system))];
}

/** Empties both sides and returns the template agent. */
async function prepare(system: TestSystem, schedule: Schedule): Promise<string | null> {
  const { account } = system.simulator;
  await emptyTables(system.database);
  system.log.length = 0;
  system.simulator.reset();
  account.load([]);
  for (const { name, published } of schedule.agents) account.addAgent({ agent_name: name, published });
  if (!schedule.creates_agents) return null;
  return account.addAgent({ agent_id: 'template', agent_name: 'Template', published: true }).agent_id;
}

/** The template's id if it was deleted: then rows get no agents, and syncs have an error entry. */
function missingTemplate({ simulator }: TestSystem, template_id: string | null): string | null {
  return template_id !== null && simulator.account.get(template_id) === undefined ? template_id : null;
}

/** The services of one process. The waits of its Retell client take no time. */
function compose(system: TestSystem, template_id: string | null, database_url: string): Services {
  const config = parseConfig({
    DATABASE_URL: database_url,
    RETELL_API_KEY: TEST_KEY,
    RETELL_BASE_URL: system.simulator.url,
    ...(template_id === null ? {} : { RETELL_TEMPLATE_AGENT_ID: template_id }),
  });
  const retell = testRetell(system.simulator, { callTimeoutMs: 5_000 });
  return composeServices(config, {
    log: recordingLog(system.log),
    retell,
    events: { publish: () => Promise.resolve(0) },
  });
}

/** The services of one process, with the connections of all schedules. */
function composeWith(system: TestSystem, template_id: string | null): Services {
  return { ...compose(system, template_id, system.database.url), database: system.services().database };
}

/** Uses the proxy only while responses are to be lost; after that, the connections that are already open. */
function losingCommits(system: ConvergenceSystem): Database {
  const { proxy, proxied } = system;
  const direct = system.services().database;
  const current = () => (proxy.left() > 0 ? proxied : direct);
  return {
    ...direct,
    query: <Row extends QueryResultRow>(text: string, values?: readonly unknown[]) =>
      current().query<Row>(text, values),
    transaction: (work) => current().transaction(work),
  };
}

function latencies(travels: readonly Travel[]): () => Travel {
  let calls = 0;
  return () => travels[calls++ % travels.length] ?? { there: 0, back: 0 };
}

/** Lets the claims of killed processes expire. */
async function expireClaims({ database }: TestSystem): Promise<void> {
  await database.query("update voice_agent_sync.agreement set push_started_at = push_started_at - interval '1 hour'");
  await database.query("update voice_agent_sync.creation set started_at = started_at - interval '1 hour'");
}
