/**
 * Stores a scenario of the domain's arbitraries in Postgres, and returns what a run decides about it: from everything,
 * or from what the database hands over.
 */

import { listPendingPushes } from '../../../shared/db/merge-bases.ts';
import type { Query } from '../../../shared/db/pool.ts';
import {
  FIELD_DEFINITIONS,
  FIELD_INPUT,
  FIELD_NAMES,
  SYNCED_DEFINITIONS,
  SYNCED_NAMES,
} from '../../../shared/db/synced-sql.ts';
import type { Interviewer } from '../../../shared/domain/agent.ts';
import { auditReport } from '../../../shared/domain/audit-report.ts';
import { passesRules, rulesFingerprint } from '../../../shared/domain/comparison.ts';
import { accountMismatch, checkOrphanGuard } from '../../../shared/domain/guard.ts';
import { activeAgents, type BothSides, countListed, linkedRows } from '../../../shared/domain/observed-state.ts';
import { plan } from '../../../shared/domain/plan.ts';
import type { Plan } from '../../../shared/domain/plan-types.ts';
import { countsOf, syncReport } from '../../../shared/domain/sync-report.ts';
import type { DraftDifference } from '../../../shared/domain/warnings.ts';
import { type ComparedState, compareAgain, compareSides } from '../../../shared/sync/compare-sides.ts';
import { inputOf, observe, READ_RULES, type Scenario } from '../domain/arbitraries.ts';
import { NOW, RULES } from '../domain/builders.ts';
import type { TableRow } from '../domain/in-memory-table.ts';

export interface World extends Scenario {
  readonly drafts: readonly DraftDifference[];
  /** Agents with a draft of ours that may be unpublished. */
  readonly pushing: ReadonlySet<string>;
  /** Agents whose merge base belongs to another row. */
  readonly foreign: ReadonlySet<string>;
  /** Agents that other rules, or earlier code, judged. */
  readonly unjudged: ReadonlySet<string>;
}

/**
 * Only what tables can hold: ids are numbers, a row without a merge base has no pending name, and an orphan has a
 * reason.
 */
export function storable(scenario: Scenario & Partial<World>): World {
  const { foreign = new Set<string>() } = scenario;
  const ids = new Map(scenario.rows.map(({ id }, index) => [id, String(index + 1)]));
  const rows = scenario.rows.map((row): TableRow => {
    const hasBase = row.sync_status !== 'deleted' && !foreign.has(row.agent_id ?? '') && row.base_retell_name !== null;
    const reason = row.sync_status === 'orphaned' ? { orphan_reason: row.orphan_reason ?? 'It was gone' } : {};
    const pushed = scenario.pushing?.has(row.agent_id ?? '') ? { pending_name: row.pending_name ?? row.name } : {};
    return { ...row, id: ids.get(row.id) ?? '', ...reason, ...pushed, ...(hasBase ? {} : WITHOUT_BASE) };
  });
  const createdAgents = new Map([...scenario.createdAgents].map(([id, agent_id]) => [ids.get(id) ?? '', agent_id]));
  const nothing = { drafts: [], pushing: new Set<string>(), unjudged: new Set<string>() };
  return { ...nothing, ...scenario, foreign, rows, createdAgents };
}

const WITHOUT_BASE = { base_retell_name: null, base_database_name: null, pending_name: null };

export async function store(query: Query, world: World): Promise<void> {
  await query(`delete from {interviewer}`);
  await query(`with one as (delete from voice_agent_sync.retell_agent), other as (delete from voice_agent_sync.creation)
    delete from voice_agent_sync.agreement`);
  await query(
    `insert into {interviewer} (id, agent_id, name, description, image, audio, empathy, exploration, rapport, speed,
       sync_status, orphaned_at, orphan_reason, last_synced_at, ${SYNCED_NAMES})
     select id, agent_id, name, description, image, audio, empathy, exploration, rapport, speed,
       sync_status, orphaned_at, orphan_reason, last_synced_at, ${SYNCED_NAMES}
     from jsonb_to_recordset($1) as x (id integer, agent_id text, name text, description text, image text, audio text,
       empathy integer, exploration integer, rapport integer, speed integer, sync_status text, orphaned_at timestamptz,
       orphan_reason text, last_synced_at timestamptz, ${SYNCED_DEFINITIONS})`,
    [JSON.stringify(world.rows)],
  );
  const fingerprint = rulesFingerprint(RULES);
  const fields = new Map(world.drafts.map((draft) => [draft.agent_id, draft.fields]));
  const observations = [...world.stored.values()].map(({ agent, ...observation }) => ({
    ...agent,
    ...observation,
    gone: agent === null,
    rules_passed: passesRules(agent, RULES) && !world.unjudged.has(observation.agent_id) ? fingerprint : null,
    draft_differs_in: fields.get(observation.agent_id) ?? null,
  }));
  await query(
    `insert into voice_agent_sync.retell_agent
       (agent_id, read_at, listed_timestamp, gone, rules_passed, draft_differs_in, ${FIELD_NAMES})
     select agent_id, read_at, listed_timestamp, gone, rules_passed, draft_differs_in, ${FIELD_INPUT}
     from jsonb_to_recordset($1) as x (agent_id text, read_at timestamptz, listed_timestamp bigint, gone boolean,
       rules_passed text, draft_differs_in text[], ${FIELD_DEFINITIONS})`,
    [JSON.stringify(observations)],
  );
  const bases = world.rows
    .filter(({ agent_id, sync_status }) => agent_id !== null && sync_status !== 'deleted')
    .filter(({ agent_id, base_retell_name }) => base_retell_name !== null || world.foreign.has(agent_id ?? ''))
    .map((row) => ({
      agent_id: row.agent_id,
      interviewer_id: world.foreign.has(row.agent_id ?? '') ? 'another row' : row.id,
      name: row.base_retell_name ?? row.name,
      database_name: row.base_database_name === row.base_retell_name ? null : row.base_database_name,
      push_name: row.pending_name ?? (world.pushing.has(row.agent_id ?? '') ? row.name : null),
      push_base_version: world.pushing.has(row.agent_id ?? '') ? 2 : null,
    }));
  await query(
    `insert into voice_agent_sync.agreement
       (agent_id, interviewer_id, name, database_name, push_name, push_base_version, agreed_at)
     select *, now() from jsonb_to_recordset($1) as x (agent_id text, interviewer_id text, name text, database_name text,
       push_name text, push_base_version integer)`,
    [JSON.stringify(bases)],
  );
  await query(
    `insert into voice_agent_sync.creation (interviewer_id, agent_id, name, started_at)
     select key, value, 'x', now() from jsonb_each_text($1)`,
    [JSON.stringify(Object.fromEntries(world.createdAgents))],
  );
}

export function sidesOf({ listed }: Scenario): Pick<ComparedState, 'listing' | 'stale_before'> {
  return { listing: { agents: listed, unusable: new Map(), unidentified: [] }, stale_before: READ_RULES.stale_before };
}

export function configOf({ policy }: Scenario) {
  const templateAgentId = policy.createsAgents ? 'agent_template' : null;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the part of the settings that the comparison reads
  return { config: { rules: policy.rules, direction: policy.direction, templateAgentId } as never };
}

/** What a run decides, in forms that do not depend on the order of rows. */
export interface Outcome {
  readonly plan: unknown;
  readonly guard: unknown;
  readonly report: unknown;
  readonly audit: unknown;
  readonly pushes: readonly string[];
}

/** Decides from everything, without the database's comparison. */
export async function outcomeOfAll(query: Query, world: World): Promise<Outcome> {
  const observed = observe(world);
  const planned = plan(inputOf(world, observed));
  return outcomeOf(query, world, {
    planned,
    input: { observed, rows: world.rows },
    after: { observed, rows: world.rows },
  });
}

/** Decides from what the database hands over, like a dry run. */
export async function outcomeOfCompared(
  query: Query,
  world: World,
): Promise<Outcome & { readonly state: ComparedState }> {
  const state = await compareSides(query, configOf(world), sidesOf(world));
  const { listed, observations: stored, rows, createdAgents, left_out } = state;
  const subset = { ...world, listed, stored, createdAgents };
  const observed = { ...observe({ ...subset, rows: [...rows].map(withProfile) }), left_out };
  const planned = plan({ observed, rows, createdAgents, policy: world.policy });
  const after = await compareAgain(query, configOf(world), state, observed);
  return { ...(await outcomeOf(query, world, { planned, input: { observed, rows }, after })), state };
}

interface Decided {
  readonly planned: Plan;
  readonly input: BothSides;
  readonly after: BothSides;
}

async function outcomeOf(query: Query, world: World, { planned, input, after }: Decided): Promise<Outcome> {
  const { observed, rows } = input;
  const mismatch = accountMismatch(observed, rows);
  const guard = checkOrphanGuard({
    orphans: planned.changes.filter(({ action }) => action === 'orphan').length,
    recent: 0,
    active_rows: observed.left_out.in_sync + activeAgents(rows).length,
    listed_agents: countListed(observed),
    confirmation: false,
    accepted: [],
  });
  const { changes, unchanged } = planned;
  const report = syncReport(
    {
      changes,
      unchanged,
      observed: after.observed,
      rows: after.rows,
      rules: world.policy.rules,
      run_id: null,
      plan: null,
      blocked: false,
      duration_ms: 0,
      retell_calls: 0,
      health_score: null,
      now: NOW,
    },
    1_000,
  );
  const linked = linkedRows(rows);
  const pushes = (await listPendingPushes(query))
    .map(({ agent_id }) => agent_id)
    .filter((id) => linked.has(id) && (observed.observations.get(id)?.agent ?? null) !== null);
  return {
    plan: sorted(JSON.parse(JSON.stringify(planned, withoutProfile))),
    guard: { mismatch, guard, counts: countsOf(planned, observed) },
    report: sorted(JSON.parse(JSON.stringify(report))),
    audit: sorted(JSON.parse(JSON.stringify(auditOf(world, after)))),
    pushes: pushes.sort(),
  };
}

function auditOf({ policy, drafts }: World, { observed, rows }: BothSides) {
  const change_sources = { by_webhook: 0, by_schedule: 0, events_arrive: false };
  return auditReport({ observed, rows, rules: policy.rules, drafts, conflicts: [], change_sources, now: NOW });
}

/** Each list in its own order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, sorted(item)]));
}

const PROFILE = new Set(['description', 'image', 'audio', 'empathy', 'exploration', 'rapport', 'speed']);

function withoutProfile(key: string, value: unknown): unknown {
  return PROFILE.has(key) ? undefined : value;
}

function withProfile(row: Interviewer): TableRow {
  return { ...row, description: '', image: '', audio: null, empathy: 0, exploration: 0, rapport: 0, speed: 0 };
}
