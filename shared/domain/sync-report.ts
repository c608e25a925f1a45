/** The answer of a sync: version 2.0 of the system's report, and what has come since. */
import type { Agent, Interviewer, ListedAgent } from './agent.ts';
import { type AuditLogEntry, auditLogOf, skipLogOf } from './audit-log.ts';
import { cutList } from './cut-list.ts';
import { fromAgent, fromListing, ineligibility } from './eligibility.ts';
import { type Inventory, linkedRows } from './inventory.ts';
import type { Happening, Outcome } from './outcome.ts';

export interface ReportEntry {
  readonly agent_id: string;
  readonly name: string;
  readonly reason: string;
}

export interface Counts {
  readonly created: number;
  readonly updated: number;
  readonly restored: number;
  readonly orphaned: number;
  readonly pushed: number;
  readonly conflicts: number;
  readonly skipped: number;
  readonly errors: number;
  readonly unchanged: number;
  /** Agents that the run had no time to read. */
  readonly pending: number;
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
  readonly inventory: Inventory;
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
  const { outcome, inventory } = facts;
  const counts = countsOf(outcome, inventory);
  const database_agents = facts.rows.filter((row) => row.agent_id).length;
  const lists = {
    created: outcome.created.map(entry),
    updated: outcome.updated.map(entry),
    restored: outcome.restored.map(entry),
    orphaned: outcome.orphaned.map(entry),
    pushed: outcome.pushed.map(entry),
    conflicts: outcome.conflicts.map(({ retell_name, database_name, ...rest }) => ({
      ...entry(rest),
      retell_name,
      database_name,
    })),
    skipped: outcome.skipped.map(entry),
    errors: outcome.errors.map(entry),
    audit_logs: [...auditLogOf(outcome, facts.now), ...skipLogOf(outcome.skipped, facts.now)],
  };
  const unsynced_agents = unsynced(facts);
  let truncated = false;
  const cut = <Item>(list: readonly Item[]): readonly Item[] => {
    const shown = cutList(list, limit);
    truncated ||= shown.length < list.length;
    return shown;
  };
  const report = {
    success: true,
    message: syncMessage(counts, facts),
    created: cut(lists.created),
    updated: cut(lists.updated),
    restored: cut(lists.restored),
    orphaned: cut(lists.orphaned),
    pushed: cut(lists.pushed),
    conflicts: cut(lists.conflicts),
    skipped: cut(lists.skipped),
    errors: cut(lists.errors),
    audit_logs: cut(lists.audit_logs),
    unchanged: counts.unchanged,
    discrepancies: {
      retell_voice_enabled: voicedAgents(inventory).length,
      database_agents,
      unsynced_agents: cut(unsynced_agents),
    },
    totalRetellAgents: inventory.listed.size,
    totalDatabaseAgents: database_agents,
    counts,
    run_id: facts.run_id,
    dry_run: facts.dry_run,
    partial: facts.partial,
    ...(facts.plan === null ? {} : { plan: facts.plan }),
    duration_ms: facts.duration_ms,
    retell_calls: facts.retell_calls,
    health_score: facts.health_score,
  };
  return truncated ? { ...report, truncated } : report;
}

export function countsOf(outcome: Outcome, inventory: Pick<Inventory, 'pending'>): Counts {
  return {
    created: outcome.created.length,
    updated: outcome.updated.length,
    restored: outcome.restored.length,
    orphaned: outcome.orphaned.length,
    pushed: outcome.pushed.length,
    conflicts: outcome.conflicts.length,
    skipped: outcome.skipped.length,
    errors: outcome.errors.length,
    unchanged: outcome.unchanged,
    pending: inventory.pending.size,
  };
}

export function syncMessage(counts: Counts, run: { readonly dry_run: boolean; readonly partial: boolean }): string {
  const title = run.dry_run
    ? 'Dry run, nothing was written'
    : run.partial
      ? 'Sync is partly done and goes on'
      : 'Sync completed';
  const parts = Object.entries(counts)
    .filter(([name, count]) => count > 0 || name === 'created' || name === 'updated')
    .map(([name, count]) => `${count} ${name}`);
  return `${title}: ${parts.join(', ')}`;
}

/** Agents with a voice, by what is known of them: the channel until they are read, then the voice that Retell says they have. */
export function voicedAgents(inventory: Inventory): readonly ListedAgent[] {
  return [...inventory.listed.values()].filter((listed) => {
    const reading = inventory.readings.get(listed.agent_id);
    return listed.channel === 'voice' && (reading === undefined || (reading.agent?.voice_id ?? null) !== null);
  });
}

/** Agents with a voice that no active interviewer stands for, each with the reason. */
function unsynced({ inventory, rows, namePatterns }: ReportFacts): readonly ReportEntry[] {
  const linked = linkedRows(rows);
  return voicedAgents(inventory)
    .filter(({ agent_id }) => linked.get(agent_id)?.sync_status !== 'active')
    .map((listed) => {
      const agent = inventory.readings.get(listed.agent_id)?.agent ?? null;
      return {
        agent_id: listed.agent_id,
        name: agent?.agent_name ?? listed.agent_name ?? 'unknown',
        reason: unsyncedReason(listed, agent, linked.get(listed.agent_id), inventory, namePatterns),
      };
    });
}

function unsyncedReason(
  listed: ListedAgent,
  agent: Agent | null,
  row: Interviewer | undefined,
  inventory: Inventory,
  namePatterns: RegExp,
): string {
  const unreadable = inventory.unreadable.get(listed.agent_id);
  if (unreadable !== undefined) return unreadable;
  const failure = ineligibility(agent === null ? fromListing(listed) : fromAgent(agent), namePatterns);
  if (failure !== null) return failure.reason;
  if (row?.sync_status === 'deleted') return 'The interviewer was deleted in the platform';
  return inventory.pending.has(listed.agent_id) ? 'Not read yet' : 'No active interviewer';
}

function entry({ agent_id, name, reason }: Happening | ReportEntry): ReportEntry {
  return { agent_id, name, reason };
}
