/** One schedule from morning to night: it happens, then things are quiet, one sync is made, and both sides are looked at. */

import { parseConfig } from '../../shared/config.ts';
import { composeServices, provideServices, type Services } from '../../shared/services.ts';
import { loseCommits } from '../support/lose-commits.ts';
import { mortal } from '../support/processes.ts';
import type { Travel } from '../support/simulator.ts';
import { TEST_KEY, testRetell } from '../support/simulator.ts';
import { startSystem, type TestSystem } from '../support/system.ts';
import { keptLog } from '../unit/http/stack.ts';
import { judgeAnswers, judgeIdle, judgeState, judgeSync } from './invariants.ts';
import { judgePast } from './invariants-history.ts';
import { judgePushes } from './invariants-retell.ts';
import { emptyPlatform, installWitness } from './row-history.ts';
import { live } from './run-schedule.ts';
import { type Schedule, scheduleOf } from './schedules.ts';

export async function startConvergence(): Promise<TestSystem> {
  const system = await startSystem();
  await installWitness(system.database);
  return system;
}

export interface Verdict {
  readonly violations: readonly string[];
  /** How many processes were killed on the way. */
  readonly deaths: number;
  readonly requests: number;
}

export async function convergence(system: TestSystem, seed: number): Promise<Verdict> {
  const schedule = scheduleOf(seed);
  const template_id = await prepare(system, schedule);
  const proxy = await loseCommits(system.database.url, schedule.lost_commits);
  const processes = mortal(compose(system, template_id, proxy.url));
  provideServices(processes.services);
  system.simulator.setLatency(travelling(schedule.travels));
  const day = await live(schedule, system, processes);
  system.simulator.setLatency(0);
  const sent = [...system.simulator.requests.all];
  system.simulator.reset();
  await laterOn(system);

  const restarted = compose(system, template_id, system.database.url);
  provideServices(restarted);
  const violations = [
    ...judgeAnswers(day),
    ...(await judgeNight(system, { full: day.repaired, finishes: schedule.creates_agents, template_id })),
    ...(await judgePast(system, day)),
    ...(await judgePushes(system, day, [...sent, ...system.simulator.requests.all])),
  ];
  processes.bury();
  await Promise.all([processes.services.database.close(), restarted.database.close()]);
  await proxy.close();
  return { violations, deaths: processes.deaths(), requests: day.answers.length };
}

interface Night {
  readonly full: boolean;
  /** Whether a second sync may have work left, of which neither side shows a trace yet. */
  readonly finishes: boolean;
  readonly template_id: string | null;
}

async function judgeNight(system: TestSystem, { full, finishes, template_id }: Night): Promise<readonly string[]> {
  const sync = (body = {}) => system.call('POST /api/sync-retell-agents', body);
  const missing_template = missingTemplate(system, template_id);
  const last = await sync({ confirm_orphans: true, full });
  const state = await judgeState(system);
  const audit = await system.call('GET /api/audit-agents');
  // A row that shared its name with several new agents gets its own one once they have rows.
  if (finishes) await sync();
  const idle = judgeIdle(await sync(), missing_template);
  return [...state, ...judgeSync(last, audit, missing_template), ...idle, ...(await judgeState(system))];
}

/** Returns the agent whose engine new agents get. */
async function prepare(system: TestSystem, schedule: Schedule): Promise<string | null> {
  const { account } = system.simulator;
  await emptyPlatform(system.database);
  system.log.length = 0;
  system.simulator.reset();
  account.load([]);
  for (const { name, published } of schedule.agents) account.addAgent({ agent_name: name, published });
  if (!schedule.creates_agents) return null;
  return account.addAgent({ agent_id: 'template', agent_name: 'Template', published: true }).agent_id;
}

/** The template's id, when somebody deleted it: rows that want an agent then get none, and an error tells so. */
function missingTemplate({ simulator }: TestSystem, template_id: string | null): string | null {
  return template_id !== null && simulator.account.get(template_id) === undefined ? template_id : null;
}

/** A process of the service: its own connections, its own client of Retell, whose waits take no time. */
function compose(system: TestSystem, template_id: string | null, database_url: string): Services {
  const config = parseConfig({
    DATABASE_URL: database_url,
    RETELL_API_KEY: TEST_KEY,
    RETELL_BASE_URL: system.simulator.url,
    ...(template_id === null ? {} : { RETELL_TEMPLATE_AGENT_ID: template_id }),
  });
  const retell = testRetell(system.simulator, { callTimeoutMs: 5_000 });
  return composeServices(config, { log: keptLog(system.log), retell, events: { publish: () => Promise.resolve(0) } });
}

function travelling(travels: readonly Travel[]): () => Travel {
  let calls = 0;
  return () => travels[calls++ % travels.length] ?? { there: 0, back: 0 };
}

/** What a killed process had claimed is free again after a while. */
async function laterOn({ database }: TestSystem): Promise<void> {
  await database.query("update voice_agent_sync.agreement set push_started_at = push_started_at - interval '1 hour'");
  await database.query("update voice_agent_sync.creation set started_at = started_at - interval '1 hour'");
}
