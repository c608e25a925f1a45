/** The answer of a sync: version 2.0 of the system's report, and what has come since. */
import type { Agent, Interviewer, ListedAgent } from './agent.ts';
import { type AuditLogEntry, auditLogOf, skipLogOf } from './audit-log.ts';
import { type Counts, countsOf, type Happening, type Outcome, syncMessage } from './change.ts';
import { cutList } from './cut-list.ts';
import { fromAgent, fromListing, ineligibility } from './eligibility.ts';
import { isLinked, linkedRows, type ObservedState, voicedAgents } from './observed-state.ts';

export interface ReportEntry {
  readonly agent_id: string;
  readonly name: string;
  readonly reason: string;
}

export interface SyncReport {
  readonly success: boolean;
  readonly message: string;
  readonly created: readonly ReportEntry[];
  readonly updated: readonly ReportEntry[];
  readonly restored: readonly ReportEntry[];
  readonly orphaned: readonly ReportEntry[];
  readonly pushed: readonly ReportEntry[];
  readonly conflicts: readonly (ReportEntry & { readonly retell_name: string; readonly database_name: string })[];
  readonly skipped: readonly ReportEntry[];
  readonly errors: readonly ReportEntry[];
  readonly unchanged: number;
  readonly audit_logs: readonly AuditLogEntry[];
  readonly discrepancies: {
    readonly retell_voice_enabled: number;
    readonly database_agents: number;
    readonly unsynced_agents: readonly ReportEntry[];
  };
  readonly totalRetellAgents: number;
  readonly totalDatabaseAgents: number;
  readonly counts: Counts;
  /** null for a dry run, which is stored nowhere. */
  readonly run_id: number | null;
  readonly dry_run: boolean;
  readonly partial: boolean;
  /** Confirms the orphaning of just these agents; present when there are any. */
  readonly plan?: string;
  readonly duration_ms: number;
  readonly retell_calls: number;
  /** null when an agent could not be read. */
  readonly health_score: number | null;
  readonly truncated?: true;
}

export interface ReportFacts {
  readonly outcome: Outcome;
  readonly observed: ObservedState;
  /** The rows as the run left them. */
  readonly rows: readonly Interviewer[];
  readonly namePatterns: RegExp;
  readonly run_id: number | null;
  readonly dry_run: boolean;
  readonly partial: boolean;
  readonly plan: string | null;
  readonly duration_ms: number;
  readonly retell_calls: number;
  readonly health_score: number | null;
  readonly now: Date;
}

/** Each list is cut at `limit` entries or sooner, with `truncated: true`; `counts` stay whole. */
export function syncReport(facts: ReportFacts, limit: number): SyncReport {
  const { observed, run_id, dry_run, partial, duration_ms, retell_calls, health_score } = facts;
  const counts = countsOf(facts.outcome, observed);
  const database_agents = facts.rows.filter(isLinked).length;
  const { lists, truncated } = cutLists(facts, limit);
  const { unsynced_agents, ...happened } = lists;
  return {
    success: true,
    message: syncMessage(counts, facts),
    ...happened,
    unchanged: counts.unchanged,
    discrepancies: { retell_voice_enabled: voicedAgents(observed).length, database_agents, unsynced_agents },
    totalRetellAgents: observed.listed.size,
    totalDatabaseAgents: database_agents,
    counts,
    run_id,
    dry_run,
    partial,
    ...(facts.plan === null ? {} : { plan: facts.plan }),
    duration_ms,
    retell_calls,
    health_score,
    ...(truncated ? { truncated } : {}),
  };
}

function cutLists(facts: ReportFacts, limit: number) {
  const { outcome, now } = facts;
  let truncated = false;
  const cut = <Item>(list: readonly Item[]): readonly Item[] => {
    const shown = cutList(list, limit);
    truncated ||= shown.length < list.length;
    return shown;
  };
  const lists = {
    created: cut(outcome.created.map(entry)),
    updated: cut(outcome.updated.map(entry)),
    restored: cut(outcome.restored.map(entry)),
    orphaned: cut(outcome.orphaned.map(entry)),
    pushed: cut(outcome.pushed.map(entry)),
    conflicts: cut(outcome.conflicts.map(conflictEntry)),
    skipped: cut(outcome.skipped.map(entry)),
    errors: cut(outcome.errors.map(entry)),
    audit_logs: cut([...auditLogOf(outcome, now), ...skipLogOf(outcome.skipped, now)]),
    unsynced_agents: cut(unsynced(facts)),
  };
  return { lists, truncated };
}

/** Agents with a voice that no active interviewer stands for, each with the reason. */
function unsynced({ observed, rows, namePatterns }: ReportFacts): readonly ReportEntry[] {
  const linked = linkedRows(rows);
  return voicedAgents(observed)
    .filter(({ agent_id }) => linked.get(agent_id)?.sync_status !== 'active')
    .map((listed) => {
      const agent = observed.observations.get(listed.agent_id)?.agent ?? null;
      return {
        agent_id: listed.agent_id,
        name: agent?.agent_name ?? listed.agent_name ?? 'unknown',
        reason: unsyncedReason(listed, agent, linked.get(listed.agent_id), observed, namePatterns),
      };
    });
}

function unsyncedReason(
  listed: ListedAgent,
  agent: Agent | null,
  row: Interviewer | undefined,
  observed: ObservedState,
  namePatterns: RegExp,
): string {
  const unreadable = observed.unreadable.get(listed.agent_id);
  if (unreadable !== undefined) return unreadable;
  const failure = ineligibility(agent === null ? fromListing(listed) : fromAgent(agent), namePatterns);
  if (failure !== null) return failure.reason;
  if (row?.sync_status === 'deleted') return 'The interviewer was deleted in the platform';
  return observed.pending.has(listed.agent_id) ? 'Not read yet' : 'No active interviewer';
}

function entry({ agent_id, name, reason }: Happening | ReportEntry): ReportEntry {
  return { agent_id, name, reason };
}

function conflictEntry({ retell_name, database_name, ...rest }: Outcome['conflicts'][number]) {
  return { ...entry(rest), retell_name, database_name };
}
