/** Runs a schedule on a system and records what the checks need. */
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { latestVersion, type StoredAgent } from '../../infra/local/retell-simulator/account.ts';
import { eventNamed } from '../../infra/local/retell-simulator/events.ts';
import { schedulerEvent } from '../support/events.ts';
import type { Fault, FaultResponse } from '../support/faults.ts';
import { hiding } from '../support/listing-hooks.ts';
import type { Processes } from '../support/processes.ts';
import type { TestResponse, TestSystem } from '../support/system.ts';
import { changeAccount, changePlatform, isEligible, pick, type RetellStep } from './changes.ts';
import { lastRowChange } from './row-history.ts';
import type { FaultName, Schedule, Step } from './schedules.ts';

export interface Recorded {
  /** Every agent that ever existed in Retell, and those that a person created or renamed. */
  readonly agents: Set<string>;
  readonly handmade: Set<string>;
  /** Names that a person gave to an agent while the schedule ran, one entry for each time. */
  readonly named: string[];
  readonly rounds: Round[];
  /** The time after all other rounds, until the checks. */
  readonly last_round: Round;
  /** Agents whose row was to be restored. */
  readonly restored: Set<string>;
  readonly responses: (TestResponse & { readonly step: Step; readonly is_allowed: boolean })[];
  readonly errors: { readonly error: unknown; readonly is_allowed: boolean }[];
  /** Error codes of 5xx responses that are correct since a fault was injected. */
  readonly allowed_codes: Set<string>;
  /** Number of processes that were killed. */
  kills: number;
  /** Whether there was a cleanup. */
  cleaned: boolean;
  /** Whether Retell itself changed a voice, which no listing shows. */
  repaired: boolean;
}

export interface Round {
  /** Agents that were gone or not eligible at some time in the round. */
  readonly ineligible: Set<string>;
  /** Drafts that a person changed and did not publish, by `agent version`, with everything that the draft changes. */
  readonly drafts: Map<string, DraftChanges>;
  /** The last row change and the number of requests to Retell at its end. */
  last_change: number;
  requested: number;
}

/** What differs from the version that the draft is based on. */
export interface DraftChanges {
  /** null: the name does not differ. */
  readonly renamed_to: string | null;
  readonly others: boolean;
}

interface Context {
  readonly system: TestSystem;
  readonly processes: Processes;
  readonly recorded: Recorded;
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

export async function runSchedule(schedule: Schedule, system: TestSystem, processes: Processes): Promise<Recorded> {
  const recorded = newRecorded(schedule.lost_commits > 0 ? DATABASE_CODES : [], system.simulator.account.agents.keys());
  const context: Context = { system, processes, recorded };
  for (const steps of schedule.rounds) {
    const round = newRound();
    recorded.rounds.push(round);
    noteIneligible(context, round);
    await Promise.all(
      steps.map(async ({ after, step }) => {
        if (after > 0) await delay(after);
        await applyStep(step, context, round);
        noteIneligible(context, round);
      }),
    );
    round.last_change = await lastRowChange(system.database);
    round.requested = system.simulator.requests.all.length;
  }
  noteIneligible(context, recorded.last_round);
  recorded.kills = processes.kills();
  return recorded;
}

function newRecorded(allowed_codes: readonly string[], handmade: Iterable<string>): Recorded {
  return {
    agents: new Set(),
    handmade: new Set(handmade),
    named: [],
    kills: 0,
    rounds: [],
    last_round: newRound(),
    restored: new Set(),
    responses: [],
    errors: [],
    allowed_codes: new Set(allowed_codes),
    cleaned: false,
    repaired: false,
  };
}

function newRound(): Round {
  return { ineligible: new Set(), drafts: new Map(), last_change: 0, requested: 0 };
}

/** Also called right after each change, so that no state is missed. */
function noteIneligible({ system, recorded: { agents } }: Context, { ineligible }: Round): void {
  const { account } = system.simulator;
  for (const agent_id of account.agents.keys()) agents.add(agent_id);
  for (const agent_id of agents) {
    const agent = account.get(agent_id);
    if (agent === undefined || !isEligible(agent)) ineligible.add(agent_id);
  }
}

async function applyStep(step: Step, context: Context, round: Round): Promise<void> {
  const { system, processes, recorded } = context;
  const { simulator } = system;
  switch (step.kind) {
    case 'retell_create':
    case 'retell_edit':
    case 'retell_repair':
    case 'retell_delete':
      return changeRetell(step, context, round);
    case 'row_rename':
    case 'row_delete':
    case 'row_remove':
    case 'row_refer':
    case 'row_insert':
      return changePlatform(step, system);
    case 'kill_connections':
      for (const code of DATABASE_CODES) recorded.allowed_codes.add(code);
      await system.database.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = 'voice-agent-sync'`,
      );
      return;
    case 'retell_fault':
      for (const code of RETELL_CODES) recorded.allowed_codes.add(code);
      simulator.fault(faultOf(step.path, step.times, step.fault));
      return;
    case 'hide_from_listing': {
      const agent = pick(simulator.account.inOrder(), step.slot);
      if (agent !== undefined) simulator.onListing(hiding(agent.agent_id));
      return;
    }
    case 'direct':
      await processes
        .run(step.killed_at, () => system.direct(schedulerEvent()))
        .catch((error: unknown) =>
          recorded.errors.push({ error, is_allowed: recorded.allowed_codes.has(codeOf(error)) }),
        );
      return;
    case 'sync':
    case 'scheduled':
    case 'audit':
    case 'cleanup':
    case 'restore':
    case 'webhook':
      return request(step, context);
    default:
      return step satisfies never;
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

async function changeRetell(step: RetellStep, context: Context, round: Round): Promise<void> {
  const { account } = context.system.simulator;
  const agent_id = changeAccount(step, account);
  noteIneligible(context, round);
  if (agent_id === undefined) return;
  if ('name' in step && step.name !== undefined) {
    context.recorded.handmade.add(agent_id);
    context.recorded.named.push(step.name);
  }
  if (step.kind === 'retell_repair') context.recorded.repaired = true;
  const agent = account.get(agent_id);
  if (step.kind === 'retell_edit' && agent !== undefined && !step.publish) {
    round.drafts.set(`${agent_id} ${latestVersion(agent).version}`, draftChanges(agent));
  }
  if (!step.relayed) return;
  await send(step, null, context, () => context.system.webhook(eventNamed('agent.updated', { agent_id })));
}

function draftChanges(agent: StoredAgent): DraftChanges {
  const { settings, base_version } = latestVersion(agent);
  const base = agent.versions.find(({ version }) => version === base_version)?.settings;
  const { agent_name } = settings;
  return {
    renamed_to: agent_name === base?.agent_name ? null : String(agent_name),
    others: base === undefined || !isDeepStrictEqual(settings, { ...base, agent_name }),
  };
}

/** Sends a request from its own process, and records the response unless the process is killed. */
async function send(
  step: Step,
  killed_at: number | null,
  { processes, recorded }: Context,
  work: () => Promise<TestResponse>,
): Promise<void> {
  const response = await processes.run(killed_at, work);
  if (response === null) return;
  recorded.responses.push({ ...response, step, is_allowed: recorded.allowed_codes.has(String(response.body.code)) });
}

type Requested = Exclude<Extract<Step, { killed_at: number | null }>, { kind: 'direct' }>;

async function request(step: Requested, context: Context): Promise<void> {
  const { system, recorded } = context;
  const sends = (work: () => Promise<TestResponse>) => send(step, step.killed_at, context, work);
  const chosen = 'slot' in step ? pick(await knownAgents(system), step.slot) : undefined;
  switch (step.kind) {
    case 'sync':
      return sends(() => system.call('POST /api/sync-retell-agents', { full: step.full, dry_run: step.dry_run }));
    case 'scheduled':
      return sends(() => system.call('POST /api/scheduled-sync'));
    case 'audit':
      return sends(() => system.call('GET /api/audit-agents'));
    case 'cleanup':
      recorded.cleaned = true;
      return sends(() => system.call('POST /api/audit-agents', { action: 'cleanup_orphaned', older_than_days: 0 }));
    case 'restore':
      if (chosen === undefined) return;
      recorded.restored.add(chosen);
      return sends(() => system.call('POST /api/audit-agents', { action: 'restore', agent_ids: [chosen] }));
    case 'webhook': {
      if (chosen === undefined) return;
      const payload = eventNamed(step.event, { agent_id: chosen });
      await Promise.all(Array.from({ length: step.copies }, () => sends(() => system.webhook(payload))));
      return;
    }
    default:
      return step satisfies never;
  }
}

/** The agents in Retell, of rows and of archived rows. */
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
  error: { kind: 'response', status: 500, body: { status: 'error', message: 'Internal server error' } },
  reset: { kind: 'destroy' },
  lost_response: { kind: 'after_effect', response: 'destroy' },
  truncated: { kind: 'truncate' },
  throttled: { kind: 'response', status: 429, body: { status: 'error', message: 'Account rate limited' } },
  html: { kind: 'response', status: 200, body: '<html>maintenance</html>' },
};
