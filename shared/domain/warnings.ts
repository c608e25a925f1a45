/** Warnings: not a discrepancy yet, but likely to become one. The audit lists them before they cost a candidate. */
import type { Warning } from '../api/audit.ts';
import type { OpenConflict } from '../api/scheduled-sync.ts';
import { counted, cutList } from '../text.ts';
import { lookOf } from '../visible-text.ts';
import type { Agent, LinkedInterviewer } from './agent.ts';
import { webhookProblem } from './agent-webhook.ts';

/** An agent whose latest version is an unpublished draft, and the fields in which it differs from the published version. */
export interface DraftDifference {
  readonly agent_id: string;
  readonly fields: readonly string[];
}

/** How many of the changes of the last days arrived by webhook, and how many only the schedule found. */
export interface ChangeSources {
  readonly by_webhook: number;
  readonly by_schedule: number;
  /** Whether any event was accepted lately: Retell sends none for a change, so that working webhooks bring few changes. */
  readonly events_arrive: boolean;
}

export interface WarningInput {
  readonly eligible: readonly Agent[];
  readonly orphans: readonly LinkedInterviewer[];
  readonly drafts: readonly DraftDifference[];
  readonly change_sources: ChangeSources;
  readonly conflicts: readonly OpenConflict[];
}

/** Fewer changes than this prove nothing about webhooks. */
const MIN_CHANGES_TO_JUDGE = 5;
/** Agents that one sentence names. */
const MAX_NAMED_AGENTS = 5;

export function warningsOf(input: WarningInput): readonly Warning[] {
  return [
    ...unpublishedDrafts(input),
    ...duplicateNames(input),
    ...recreatedAgents(input),
    ...missingWebhooks(input),
    ...agentsWithOwnWebhook(input),
    ...openConflicts(input),
  ];
}

function unpublishedDrafts({ eligible, drafts }: WarningInput): readonly Warning[] {
  const differing = new Map(drafts.map((draft) => [draft.agent_id, draft.fields]));
  return eligible.flatMap((agent) => {
    const fields = differing.get(agent.agent_id) ?? [];
    if (agent.is_published || fields.length === 0) return [];
    const text = `Agent ${quoted(agent.agent_name)} (${agent.agent_id}) has an unpublished draft, version ${agent.version}, that differs from the published version in ${fields.join(', ')}: publish it in Retell, or set RETELL_AGENT_VERSION=latest_published to sync only what is published.`;
    return [warning('unpublished_draft', 'publish_agent', { agent_ids: [agent.agent_id], text })];
  });
}

function duplicateNames({ eligible }: WarningInput): readonly Warning[] {
  return [...byLook(eligible).values()]
    .filter((agents) => agents.length > 1)
    .map((sharing) => {
      // Sorted, so that equal warnings are stored once, in whatever order Retell lists the agents.
      const agents = sharing.toSorted((one, other) => (one.agent_id < other.agent_id ? -1 : 1));
      const agent_ids = agents.map((agent) => agent.agent_id);
      const names = [...new Set(agents.map((agent) => quoted(agent.agent_name)))].slice(0, MAX_NAMED_AGENTS);
      const text = `${agents.length} agents are named ${names.join(' or ')} (${firstIds(agents)}): rename all but one in Retell, so that people can distinguish them.`;
      return warning('duplicate_name', 'rename_agent', { agent_ids, text });
    });
}

function byLook(agents: readonly Agent[]): ReadonlyMap<string, readonly Agent[]> {
  return Map.groupBy(agents, ({ agent_name }) => lookOf(agent_name ?? ''));
}

function firstIds(agents: readonly Agent[]): string {
  const shown = agents.slice(0, MAX_NAMED_AGENTS).map(({ agent_id }) => agent_id);
  return [...shown, ...(agents.length > shown.length ? ['...'] : [])].join(', ');
}

function recreatedAgents({ eligible, orphans }: WarningInput): readonly Warning[] {
  const named = byLook(eligible);
  return orphans.flatMap((row) => {
    const agent = named.get(lookOf(row.name))?.find(({ agent_id }) => agent_id !== row.agent_id);
    if (agent === undefined) return [];
    const text = `Orphan ${quoted(row.name)} (${row.agent_id}) looks re-created in Retell as ${agent.agent_id}: point its interviews to the new agent's interviewer; the next cleanup then archives the orphan.`;
    return [warning('recreated_agent', 'move_interviews', { agent_ids: [row.agent_id, agent.agent_id], text })];
  });
}

function missingWebhooks({ change_sources }: WarningInput): readonly Warning[] {
  const { by_webhook, by_schedule, events_arrive } = change_sources;
  const all = by_webhook + by_schedule;
  if (events_arrive || all < MIN_CHANGES_TO_JUDGE || by_schedule * 2 <= all) return [];
  const percent = Math.round((100 * by_schedule) / all);
  const text = `${percent} % of the last ${all} changes were found only by the schedule, and no event has arrived for three days: check the webhook URL in Retell and RETELL_WEBHOOK_SECRET.`;
  return [warning('webhooks_missing', 'check_webhook_url', { agent_ids: [], text })];
}

/** Their events never arrive here, so their changes wait for the schedule. */
function agentsWithOwnWebhook({ eligible }: WarningInput): readonly Warning[] {
  const elsewhere = eligible.filter((agent) => webhookProblem(agent) === 'elsewhere');
  const callsLeftOut = eligible.filter((agent) => webhookProblem(agent) === 'no_call_events');
  const warn = (agents: readonly Agent[], problem: string) => {
    const text = `${counted(agents.length, 'agent')} (${firstIds(agents)}) ${problem}: changes of them are found only by the schedule.`;
    return warning('webhook_elsewhere', 'change_agent_webhook', { agent_ids: agents.map((one) => one.agent_id), text });
  };
  return [
    ...(elsewhere.length === 0 ? [] : [warn(elsewhere, 'with a webhook URL of their own that points elsewhere')]),
    ...(callsLeftOut.length === 0 ? [] : [warn(callsLeftOut, 'with webhook events that leave the calls out')]),
  ];
}

function openConflicts({ conflicts }: WarningInput): readonly Warning[] {
  return conflicts.map(({ agent_id, retell_name, database_name, run_id }) => {
    const text = `${quoted(retell_name)} (${agent_id}) was renamed on both sides, and the name in Retell replaced ${quoted(database_name)} in the database: acknowledge the conflict, or undo run ${run_id} to have the name of the database on both sides.`;
    return warning('name_conflict', 'acknowledge_or_undo', { agent_ids: [agent_id], text });
  });
}

export function warning(
  code: Warning['code'],
  action: Warning['action'],
  { agent_ids, text }: Pick<Warning, 'agent_ids' | 'text'>,
): Warning {
  return { code, text, action, agent_ids, kind: code, details: text };
}

/** A warning as it is stored with the run that found it. */
export type StoredWarning = Omit<Warning, 'kind' | 'details'>;

/** Cut like the lists of a response. */
export function storedWarnings(advice: readonly Warning[], limit: number): readonly StoredWarning[] {
  const stored = advice.map(({ code, text, action, agent_ids }) => {
    return { code, text, action, agent_ids: agent_ids.slice(0, limit) };
  });
  return cutList(stored, limit);
}

/** The stored warnings that still hold: of conflicts only those of agents that are in conflict now. */
export function openWarnings(stored: readonly StoredWarning[], conflicting: ReadonlySet<string>): readonly Warning[] {
  return stored
    .filter((one) => !isConflict(one) || one.agent_ids.some((id) => conflicting.has(id)))
    .map(({ code, action, ...handles }) => warning(code, action, handles));
}

/** The agents whose conflicts the stored warnings are about. */
export function agentsInConflict(stored: readonly StoredWarning[]): readonly string[] {
  return stored.filter(isConflict).flatMap(({ agent_ids }) => agent_ids);
}

function isConflict({ code }: StoredWarning): boolean {
  return code === 'name_conflict';
}

function quoted(value: string | null): string {
  return JSON.stringify(value);
}
