/** The response of a sync: the report of version 2.0, and the fields added since. */
import type { Counts, ReportEntry, SyncReport } from '../api/sync.ts';
import { cutList } from '../text.ts';
import type { Agent, Interviewer, ListedAgent } from './agent.ts';
import { auditLogOf, skipLogOf } from './audit-log.ts';
import { type Change, type ChangeList, changesIn, changesOf, countChanges, fieldChangesOf } from './change.ts';
import { type EligibilityRules, fromAgent, fromListing, ineligibility } from './eligibility.ts';
import {
  type BothSides,
  countListed,
  countPending,
  isLinked,
  isPartial,
  linkedRows,
  type Pending,
  voicedAgents,
} from './observed-state.ts';

/** What a run applied, or in a dry run would apply. */
export interface AppliedChanges {
  readonly changes: readonly Change[];
  readonly unchanged: number;
}

/** Both sides are as the run left them. */
export interface SyncReportInput extends AppliedChanges, BothSides {
  readonly rules: EligibilityRules;
  /** null: a dry run. */
  readonly run_id: number | null;
  /** Confirms exactly the orphans; null: no orphans. */
  readonly plan: string | null;
  /** The orphan guard blocks the orphaning. */
  readonly blocked: boolean;
  readonly duration_ms: number;
  readonly retell_calls: number;
  readonly health_score: number | null;
  readonly now: Date;
}

/** Each list is cut at `limit` entries or sooner, with `truncated: true`; `counts` stay whole. */
export function syncReport(input: SyncReportInput, limit: number): SyncReport {
  const { observed, run_id, duration_ms, retell_calls, health_score } = input;
  const run = { dry_run: run_id === null, partial: isPartial(observed) };
  const counts = countsOf(input, observed);
  const { left_out } = observed;
  const database_agents = left_out.linked_rows + input.rows.filter(isLinked).length;
  const { lists, truncated } = cutLists(input, limit);
  const { unsynced_agents, ...reported } = lists;
  return {
    success: true,
    message: syncMessage(counts, run),
    ...reported,
    unchanged: counts.unchanged,
    discrepancies: {
      retell_voice_enabled: left_out.in_sync + voicedAgents(observed).length,
      database_agents,
      unsynced_agents,
    },
    totalRetellAgents: countListed(observed),
    totalDatabaseAgents: database_agents,
    counts,
    run_id,
    ...run,
    ...(input.plan === null ? {} : { plan: input.plan }),
    ...(input.blocked ? { needs_confirmation: true } : {}),
    duration_ms,
    retell_calls,
    health_score,
    ...(truncated ? { truncated } : {}),
  };
}

export function countsOf({ changes, unchanged }: AppliedChanges, left: Pending): Counts {
  return { ...countChanges(changes), unchanged, pending: countPending(left) };
}

const TITLES = {
  dry: {
    complete: 'Dry run, nothing was written',
    partial: 'Dry run, nothing was written, and not all agents could be read in time (an audit keeps what it reads)',
  },
  real: { complete: 'Sync completed', partial: 'Sync partly completed; a continuation or the next sync does the rest' },
} as const;

export function syncMessage(counts: Counts, run: { readonly dry_run: boolean; readonly partial: boolean }): string {
  const title = TITLES[run.dry_run ? 'dry' : 'real'][run.partial ? 'partial' : 'complete'];
  const parts = Object.entries(counts)
    .filter(([name, count]) => count > 0 || name === 'created' || name === 'updated')
    .map(([name, count]) => `${count.toLocaleString('en-US')} ${count === 1 ? (SINGULARS[name] ?? name) : name}`);
  return `${title}: ${parts.join(', ')}`;
}

const SINGULARS: Readonly<Record<string, string>> = { conflicts: 'conflict', errors: 'error' };

function cutLists(input: SyncReportInput, limit: number) {
  const { changes, now } = input;
  let truncated = false;
  const cut = <Item>(list: readonly Item[]): readonly Item[] => {
    const shown = cutList(list, limit);
    truncated ||= shown.length < list.length;
    return shown;
  };
  const entries = (list: ChangeList) => cut(changesIn(changes, list).map(reportEntry));
  const lists = {
    created: entries('created'),
    updated: entries('updated'),
    restored: entries('restored'),
    orphaned: entries('orphaned'),
    pushed: entries('pushed'),
    conflicts: cut(
      changesOf(changes, 'conflict').map((change) => ({
        ...reportEntry(change),
        retell_name: change.retell_name,
        database_name: change.database_name,
      })),
    ),
    skipped: entries('skipped'),
    errors: entries('errors'),
    audit_logs: cut([...auditLogOf(changes, now), ...skipLogOf(changes, now)]),
    unsynced_agents: cut(unsyncedAgents(input)),
  };
  return { lists, truncated };
}

/** Agents with a voice that have no active interviewer, each with the reason. */
function unsyncedAgents(input: SyncReportInput): readonly ReportEntry[] {
  const linked = linkedRows(input.rows);
  return voicedAgents(input.observed)
    .filter(({ agent_id }) => linked.get(agent_id)?.sync_status !== 'active')
    .map((listed) => {
      const agent = input.observed.observations.get(listed.agent_id)?.agent ?? null;
      const name = agent?.agent_name ?? listed.agent_name ?? listed.agent_id;
      return {
        agent_id: listed.agent_id,
        name,
        reason: unsyncedReason(listed, agent, linked.get(listed.agent_id), input),
      };
    });
}

function unsyncedReason(
  listed: ListedAgent,
  agent: Agent | null,
  row: Interviewer | undefined,
  { observed, rules }: SyncReportInput,
): string {
  const unreadable = observed.unreadable.get(listed.agent_id);
  if (unreadable !== undefined) return unreadable.reason;
  const failure = ineligibility(agent === null ? fromListing(listed) : fromAgent(agent), rules);
  if (failure !== null) return failure.reason;
  if (row?.sync_status === 'deleted') return 'The interviewer was deleted in the platform';
  return observed.pending.has(listed.agent_id) ? 'Not read yet' : 'No active interviewer';
}

function reportEntry(change: Change): ReportEntry {
  const { agent_id, name, reason } = change;
  const changes = fieldChangesOf(change);
  return { agent_id, name, reason, ...(changes.length === 0 ? {} : { changes }) };
}
