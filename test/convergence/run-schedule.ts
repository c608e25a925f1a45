/** Lets a schedule happen to a system, and keeps what the checks must know of it. */
import { setTimeout as delay } from 'node:timers/promises';
import { latestVersion } from '../../infra/local/retell-simulator/account.ts';
import { eventNamed } from '../../infra/local/retell-simulator/events.ts';
import { schedulerEvent } from '../support/events.ts';
import type { Fault, FaultResponse } from '../support/faults.ts';
import { hiding } from '../support/listing-hooks.ts';
import type { Processes } from '../support/processes.ts';
import type { Answered, TestSystem } from '../support/system.ts';
import { changeAccount, changePlatform, isEligible, pick, type RetellStep } from './changes.ts';
import { lastSighting } from './row-history.ts';
import type { FaultName, Schedule, Step } from './schedules.ts';

export interface Day {
  /** Every agent that Retell ever had, and those that people made, or gave a name: whose that was, no name tells any more. */
  readonly agents: Set<string>;
  readonly handmade: Set<string>;
  readonly moments: Moment[];
  /** What comes after them. */
  readonly night: Moment;
  /** Agents whose row somebody asked to restore. */
  readonly restored: Set<string>;
  readonly answers: (Answered & { readonly step: Step; readonly excused: boolean })[];
  readonly errors: { readonly error: unknown; readonly excused: boolean }[];
  /** With what code a request may be answered 5xx by now, because what it needs was made to fail. */
  readonly excuses: Set<string>;
  /** Somebody asked for a cleanup. */
  cleaned: boolean;
  /** Retell changed a voice by itself, which no listing shows. */
  repaired: boolean;
}

export interface Moment {
  /** Agents that were gone or not eligible at some time of it. */
  readonly doubtful: Set<string>;
  /** Drafts that somebody changed and did not publish, as `agent version`. */
  readonly drafts: Set<string>;
  /** The last sighting by its end, and how much Retell had been asked. */
  witnessed: number;
  requested: number;
}

interface World {
  readonly system: TestSystem;
  readonly processes: Processes;
  readonly day: Day;
}

const DATABASE_CODES = ['database_unavailable'];
const RETELL_CODES = [
  'retell_unavailable',
  'deliver_again',
  'retell_listing_malformed',
  'audit_incomplete',
  'template_missing',
  'deadline_exceeded',
];

export async function live(schedule: Schedule, system: TestSystem, processes: Processes): Promise<Day> {
  const day = newDay(schedule.lost_commits > 0 ? DATABASE_CODES : [], system.simulator.account.agents.keys());
  const world: World = { system, processes, day };
  for (const steps of schedule.moments) {
    const moment = newMoment();
    day.moments.push(moment);
    noteDoubtful(world, moment);
    await Promise.all(
      steps.map(async ({ after, step }) => {
        if (after > 0) await delay(after);
        await carryOut(step, world, moment);
        noteDoubtful(world, moment);
      }),
    );
    moment.witnessed = await lastSighting(system.database);
    moment.requested = system.simulator.requests.all.length;
  }
  noteDoubtful(world, day.night);
  return day;
}

function newDay(excuses: readonly string[], handmade: Iterable<string>): Day {
  return {
    agents: new Set(),
    handmade: new Set(handmade),
    moments: [],
    night: newMoment(),
    restored: new Set(),
    answers: [],
    errors: [],
    excuses: new Set(excuses),
    cleaned: false,
    repaired: false,
  };
}

function newMoment(): Moment {
  return { doubtful: new Set(), drafts: new Set(), witnessed: 0, requested: 0 };
}

/** Also asked right after each change, so that no state is missed. */
function noteDoubtful({ system, day: { agents } }: World, { doubtful }: Moment): void {
  const { account } = system.simulator;
  for (const agent_id of account.agents.keys()) agents.add(agent_id);
  for (const agent_id of agents) {
    const agent = account.get(agent_id);
    if (agent === undefined || !isEligible(agent)) doubtful.add(agent_id);
  }
}

async function carryOut(step: Step, world: World, moment: Moment): Promise<void> {
  const { system, processes, day } = world;
  const { simulator } = system;
  switch (step.kind) {
    case 'retell_create':
    case 'retell_edit':
    case 'retell_repair':
    case 'retell_delete':
      return changeRetell(step, world, moment);
    case 'row_rename':
    case 'row_delete':
    case 'row_remove':
    case 'row_refer':
    case 'row_insert':
      return changePlatform(step, system);
    case 'kill_connections':
      for (const code of DATABASE_CODES) day.excuses.add(code);
      await system.database.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = 'voice-agent-sync'`,
      );
      return;
    case 'retell_fault':
      for (const code of RETELL_CODES) day.excuses.add(code);
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
        .catch((error: unknown) => day.errors.push({ error, excused: day.excuses.has(codeOf(error)) }));
      return;
    case 'sync':
    case 'scheduled':
    case 'audit':
    case 'cleanup':
    case 'restore':
    case 'webhook':
      return request(step, world);
    default:
      return step satisfies never;
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

async function changeRetell(step: RetellStep, world: World, moment: Moment): Promise<void> {
  const { account } = world.system.simulator;
  const agent_id = changeAccount(step, account);
  noteDoubtful(world, moment);
  if (agent_id === undefined) return;
  if ('name' in step && step.name !== undefined) world.day.handmade.add(agent_id);
  if (step.kind === 'retell_repair') world.day.repaired = true;
  const agent = account.get(agent_id);
  if (step.kind === 'retell_edit' && agent !== undefined && !step.publish) {
    moment.drafts.add(`${agent_id} ${latestVersion(agent).version}`);
  }
  if (!step.relayed) return;
  await ask(step, null, world, () => world.system.webhook(eventNamed('agent.updated', { agent_id })));
}

/** Lets a process ask the system, and keeps the answer if it lives to see it. */
async function ask(
  step: Step,
  dies_at: number | null,
  { processes, day }: World,
  work: () => Promise<Answered>,
): Promise<void> {
  const answer = await processes.run(dies_at, work);
  if (answer !== null) day.answers.push({ ...answer, step, excused: day.excuses.has(String(answer.body.code)) });
}

type Requested = Exclude<Extract<Step, { dies_at: number | null }>, { kind: 'direct' }>;

async function request(step: Requested, world: World): Promise<void> {
  const { system, day } = world;
  const asks = (work: () => Promise<Answered>) => ask(step, step.dies_at, world, work);
  const chosen = 'slot' in step ? pick(await knownAgents(system), step.slot) : undefined;
  switch (step.kind) {
    case 'sync':
      return asks(() => system.call('POST /api/sync-retell-agents', { full: step.full, dry_run: step.dry_run }));
    case 'scheduled':
      return asks(() => system.call('POST /api/scheduled-sync'));
    case 'audit':
      return asks(() => system.call('GET /api/audit-agents'));
    case 'cleanup':
      day.cleaned = true;
      return asks(() => system.call('POST /api/audit-agents', { action: 'cleanup_orphaned', older_than_days: 0 }));
    case 'restore':
      if (chosen === undefined) return;
      day.restored.add(chosen);
      return asks(() => system.call('POST /api/audit-agents', { action: 'restore', agent_ids: [chosen] }));
    case 'webhook': {
      if (chosen === undefined) return;
      const payload = eventNamed(step.event, { agent_id: chosen });
      await Promise.all(Array.from({ length: step.copies }, () => asks(() => system.webhook(payload))));
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
