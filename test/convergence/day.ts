/** Lets a schedule happen to a system, and keeps what the checks must know of it. */
import { setImmediate as turn } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import type { Account, StoredAgent } from '../../infra/local/retell-simulator/account.ts';
import { latestVersion } from '../../infra/local/retell-simulator/account.ts';
import { eventNamed } from '../../infra/local/retell-simulator/events.ts';
import type { Fault, FaultResponse } from '../../infra/local/retell-simulator/faults.ts';
import { DEFAULT_NAME_PATTERNS } from '../../shared/contract.ts';
import { compileNamePatterns } from '../../shared/domain/eligibility.ts';
import { schedulerEvent } from '../support/events.ts';
import { hiding } from '../support/listing-hooks.ts';
import type { Answered, TestSystem } from '../support/system.ts';
import type { Processes } from './processes.ts';
import type { FaultName, Schedule, Step } from './schedules.ts';

export interface Day {
  /** Agents that were, at some time, gone or not eligible. */
  readonly doubtful: Set<string>;
  /** Agents whose row somebody asked to restore. */
  readonly restored: Set<string>;
  readonly answers: (Answered & { readonly step: Step })[];
  readonly errors: unknown[];
  killedConnections: boolean;
  retellFaults: boolean;
  /** Retell changed a voice by itself, which no listing shows. */
  repaired: boolean;
}

export const PATTERNS = compileNamePatterns(DEFAULT_NAME_PATTERNS.split(',').map((word) => word.trim()));

export async function live(schedule: Schedule, system: TestSystem, processes: Processes): Promise<Day> {
  const day: Day = {
    doubtful: new Set(),
    restored: new Set(),
    answers: [],
    errors: [],
    killedConnections: false,
    retellFaults: false,
    repaired: false,
  };
  for (const moment of schedule.moments) {
    await Promise.all(
      moment.map(async ({ after, step }) => {
        for (let turns = 0; turns < after; turns += 1) await turn();
        await carryOut(step, day, system, processes);
        noteDoubtful(system.simulator.account, day);
      }),
    );
  }
  return day;
}

/** Also asked right after each edit, so that no state is missed. */
function noteDoubtful(account: Account, day: Day): void {
  for (const agent of account.inOrder()) if (!isEligible(agent)) day.doubtful.add(agent.agent_id);
}

export function isEligible(agent: StoredAgent): boolean {
  const { agent_name } = latestVersion(agent).settings;
  return agent.channel === 'voice' && typeof agent_name === 'string' && PATTERNS.test(agent_name);
}

function pick<Item>(items: readonly Item[], slot: number): Item | undefined {
  return items[slot % Math.max(items.length, 1)];
}

async function carryOut(step: Step, day: Day, system: TestSystem, processes: Processes): Promise<void> {
  const { simulator } = system;
  switch (step.kind) {
    case 'retell_create':
    case 'retell_edit':
    case 'retell_repair':
    case 'retell_delete':
      changeAccount(step, day, simulator.account);
      return noteDoubtful(simulator.account, day);
    case 'row_rename':
    case 'row_delete':
    case 'row_remove':
    case 'row_refer':
    case 'row_insert':
      return changePlatform(step, system);
    case 'kill_connections':
      day.killedConnections = true;
      await system.database.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = 'voice-agent-sync'`,
      );
      return;
    case 'retell_fault':
      day.retellFaults = true;
      simulator.fault(faultOf(step.path, step.times, step.fault));
      return;
    case 'hide_from_listing': {
      const agent = pick(simulator.account.inOrder(), step.slot);
      if (agent !== undefined) simulator.onListing(hiding(agent.agent_id));
      return;
    }
    case 'direct':
      await processes
        .run(step.dies_at, () => system.direct(schedulerEvent()))
        .catch((error: unknown) => day.errors.push(error));
      return;
    case 'sync':
    case 'scheduled':
    case 'audit':
    case 'cleanup':
    case 'restore':
    case 'webhook':
      return request(step, day, system, processes);
    default:
      return step satisfies never;
  }
}

type Requested = Extract<Step, { dies_at: number | null }>;

async function request(
  step: Exclude<Requested, { kind: 'direct' }>,
  day: Day,
  system: TestSystem,
  processes: Processes,
): Promise<void> {
  const ask = async (work: () => Promise<Answered>) => {
    const answer = await processes.run(step.dies_at, work);
    if (answer !== null) day.answers.push({ ...answer, step });
  };
  const chosen = 'slot' in step ? pick(await knownAgents(system), step.slot) : undefined;
  switch (step.kind) {
    case 'sync':
      return ask(() => system.call('POST /api/sync-retell-agents', { full: step.full, dry_run: step.dry_run }));
    case 'scheduled':
      return ask(() => system.call('POST /api/scheduled-sync'));
    case 'audit':
      return ask(() => system.call('GET /api/audit-agents'));
    case 'cleanup':
      return ask(() => system.call('POST /api/audit-agents', { action: 'cleanup_orphaned', older_than_days: 0 }));
    case 'restore':
      if (chosen === undefined) return;
      day.restored.add(chosen);
      return ask(() => system.call('POST /api/audit-agents', { action: 'restore', agent_ids: [chosen] }));
    case 'webhook': {
      if (chosen === undefined) return;
      const payload = eventNamed(step.event, { agent_id: chosen });
      await Promise.all(Array.from({ length: step.copies }, () => ask(() => system.webhook(payload))));
      return;
    }
    default:
      return step satisfies never;
  }
}

/** Those that Retell has, and those that only rows or archived rows still tell of. */
async function knownAgents({ simulator, database }: TestSystem): Promise<readonly string[]> {
  const rows = await database.query<{ agent_id: string }>(
    `select agent_id from interviewer where agent_id <> ''
     union select agent_id from voice_agent_sync.archived_interviewer where agent_id <> '' order by agent_id`,
  );
  return [...new Set([...simulator.account.agents.keys(), ...rows.map(({ agent_id }) => agent_id)])];
}

function changeAccount(
  step: Extract<Step, { kind: `retell_${'create' | 'edit' | 'repair' | 'delete'}` }>,
  day: Day,
  account: Account,
): void {
  if (step.kind === 'retell_create') {
    account.addAgent({ agent_name: step.name, published: true });
    return;
  }
  const agent = pick(account.inOrder(), step.slot);
  if (agent === undefined) return;
  const { agent_id } = agent;
  if (step.kind === 'retell_delete') {
    account.delete(agent_id);
    day.doubtful.add(agent_id);
  } else if (step.kind === 'retell_repair') {
    day.repaired = true;
    account.repair(agent_id, latestVersion(agent).version, 'repaired-voice');
  } else {
    const { name, voice_id, publish } = step;
    const changes = {
      ...(name === undefined ? {} : { agent_name: name }),
      ...(voice_id === undefined ? {} : { voice_id }),
    };
    account.edit(agent_id, changes, { publish });
  }
}

type PlatformStep = Extract<Step, { kind: `row_${string}` }>;

async function changePlatform(step: PlatformStep, { database, simulator }: TestSystem): Promise<void> {
  const { query } = database;
  const rows = await query<{ id: number }>('select id from interviewer order by id');
  const id = step.slot === null ? undefined : pick(rows, step.slot)?.id;
  try {
    if (step.kind === 'row_insert') {
      const agent_id = step.slot === null ? null : (pick(simulator.account.inOrder(), step.slot)?.agent_id ?? null);
      await query(
        `insert into interviewer (agent_id, name, description, image, audio, empathy, exploration, rapport, speed)
         values ($1, $2, 'The platform wrote this', '/own.png', null, 1, 2, 3, 4)`,
        [agent_id, step.name],
      );
    } else if (id !== undefined) {
      await query(CHANGES[step.kind], step.kind === 'row_rename' ? [id, step.name] : [id]);
    }
  } catch (error) {
    // The table's own rules hold for the platform too: one living row an agent, no removal of what is referred to.
    if (!(error instanceof DatabaseError && error.code?.startsWith('23') === true)) throw error;
  }
}

const CHANGES: Readonly<Record<Exclude<PlatformStep['kind'], 'row_insert'>, string>> = {
  row_rename: 'update interviewer set name = $2 where id = $1',
  row_delete: "update interviewer set sync_status = 'deleted' where id = $1 and sync_status = 'active'",
  row_remove: 'delete from interviewer where id = $1',
  row_refer: 'insert into interview (interviewer_id) values ($1)',
};

function faultOf(path: string, times: number, name: FaultName): Fault {
  return { match: { path: new RegExp(`^${path}`) }, times, respond: RESPONSES[name] };
}

const RESPONSES: Readonly<Record<FaultName, FaultResponse>> = {
  error: { kind: 'answer', status: 500, body: { status: 'error', message: 'Internal server error' } },
  reset: { kind: 'destroy' },
  lost_answer: { kind: 'after_effect', answer: 'destroy' },
  truncated: { kind: 'truncate' },
  throttled: { kind: 'answer', status: 429, body: { status: 'error', message: 'Account rate limited' } },
  html: { kind: 'answer', status: 200, body: '<html>maintenance</html>' },
};
