/** Decides what a sync does. Pure: after a plan is applied, the next plan is empty. */
import type { FieldChange } from '../api/sync.ts';
import {
  type AgentObservation,
  type Interviewer,
  isAgentObservation,
  type LinkedInterviewer,
  type ListedAgent,
  type MergeBase,
  nameOf,
  type Observation,
} from './agent.ts';
import { type Change, entryFields, inReadingOrder, type RowChange, type SkipChange } from './change.ts';
import { type EligibilityCheck, fromAgent, fromListing, ineligibility } from './eligibility.ts';
import { conflictChange, linkRows } from './link-rows.ts';
import { mergeName } from './merge-name.ts';
import { isEvidence, linkedRows, observedStateOf } from './observed-state.ts';
import type { Plan, PlanInput, PlanPolicy } from './plan-types.ts';
import { columnChanges, describeChange, fieldChange } from './synced-columns.ts';

/** The decision about one agent. */
interface AgentDecision {
  readonly changes: readonly Change[];
  readonly mergeBase?: MergeBase;
  readonly inSync?: boolean;
  /** Set for an eligible agent without a row: which row it gets is decided last, over all of them. */
  readonly unlinked?: AgentObservation;
}

const NOTHING: AgentDecision = { changes: [] };

export function plan(input: PlanInput): Plan {
  const linked = linkedRows(input.rows);
  const decisions = [...concernedAgents(input, linked)].map((agent_id) =>
    planAgent(agent_id, linked.get(agent_id), input),
  );
  const linking = linkRows(
    decisions.flatMap(({ unlinked }) => unlinked ?? []),
    input,
  );
  return {
    changes: inReadingOrder([...decisions.flatMap(({ changes }) => changes), ...linking.changes]),
    mergeBases: [...decisions.flatMap(({ mergeBase }) => mergeBase ?? []), ...linking.mergeBases],
    unchanged: input.observed.left_out.in_sync + decisions.filter(({ inSync }) => inSync).length,
  };
}

/** The input of a webhook, a cleanup or an undo: only these agents were read. None is created for a row without one. */
export function planInputOf(
  observations: readonly Observation[],
  rows: readonly Interviewer[],
  { rules, direction }: Omit<PlanPolicy, 'createsAgents'>,
): PlanInput {
  const policy = { rules, direction, createsAgents: false };
  return { observed: observedStateOf(observations), rows, createdAgents: new Map(), policy };
}

/**
 * The listed agents first, then those outside the listing: agents just created and read, and the agents of active rows.
 */
function concernedAgents(
  { observed, createdAgents }: PlanInput,
  linked: ReadonlyMap<string, LinkedInterviewer>,
): ReadonlySet<string> {
  const isFresh = (id: string) => isEvidence(observed.observations.get(id), observed.evidence_since);
  const created = [...createdAgents.values()].filter(isFresh);
  const concerned = new Set([...observed.listed.keys(), ...observed.unreadable.keys(), ...created]);
  for (const [agent_id, row] of linked) if (row.sync_status === 'active') concerned.add(agent_id);
  return concerned;
}

function planAgent(agent_id: string, row: LinkedInterviewer | undefined, input: PlanInput): AgentDecision {
  const { observed } = input;
  const known = {
    agent_id,
    listed: observed.listed.get(agent_id),
    observation: observed.observations.get(agent_id),
    row,
  };
  const unreadable = observed.unreadable.get(agent_id);
  if (unreadable !== undefined) {
    const name = unreadable.name ?? bestName(known);
    return { changes: [{ action: 'error', agent_id, name, reason: unreadable.reason }] };
  }
  // The continuation reads it.
  if (observed.pending.has(agent_id)) return NOTHING;
  if (row?.sync_status === 'deleted') {
    return { changes: [skipChange(known, 'The interviewer was deleted in the platform')] };
  }
  const failure = failedRule(known, input);
  if (failure !== null) return planIneligible(failure, known, input);
  return isAgentObservation(known.observation) ? planEligible(row, known.observation, input) : NOTHING;
}

interface KnownAgent {
  readonly agent_id: string;
  readonly listed: ListedAgent | undefined;
  readonly observation: Observation | undefined;
  readonly row: LinkedInterviewer | undefined;
}

/** Only `get-agent` decides about an active row; without one, the listing is enough to skip an agent. */
function failedRule({ listed, observation, row }: KnownAgent, { policy }: PlanInput): EligibilityCheck | 'gone' | null {
  const byListing = listed === undefined ? null : ineligibility(fromListing(listed), policy.rules);
  if (byListing !== null && row?.sync_status !== 'active') return byListing;
  if (observation === undefined) return byListing;
  return observation.agent === null ? 'gone' : ineligibility(fromAgent(observation.agent), policy.rules);
}

function planIneligible(failure: EligibilityCheck | 'gone', known: KnownAgent, { observed }: PlanInput): AgentDecision {
  const { agent_id, observation, row } = known;
  const reason = failure === 'gone' ? 'Agent no longer exists in Retell' : failure.reason;
  if (row?.sync_status !== 'active') {
    return failure === 'gone' ? NOTHING : { changes: [skipChange(known, reason, failure.missing_fields)] };
  }
  if (observation === undefined || !isEvidence(observation, observed.evidence_since)) {
    const unconfirmed = `Not orphaned: Retell has not confirmed it (${reason})`;
    return { changes: [{ action: 'error', agent_id, name: row.name, reason: unconfirmed }] };
  }
  const entry = { agent_id, name: row.name, ...entryFields(row, row.voice_id), reason };
  return { changes: [{ action: 'orphan', ...entry, row, observation }] };
}

function planEligible(
  row: LinkedInterviewer | undefined,
  observation: AgentObservation,
  input: PlanInput,
): AgentDecision {
  if (row === undefined) return { changes: [], unlinked: observation };
  const merged = mergeRowName(row, observation, input);
  const changes = [...fieldChange('name', row.name, merged.name), ...columnChanges(row, observation.agent)];
  const written = rowChange(row, observation, { name: merged.name, changes });
  const inSync = row.sync_status === 'active' && changes.length === 0 && merged.agreed;
  return {
    changes: [...(written === null ? [] : [written]), ...merged.changes],
    ...(merged.mergeBase === undefined ? {} : { mergeBase: merged.mergeBase }),
    inSync,
  };
}

function rowChange(
  row: LinkedInterviewer,
  observation: AgentObservation,
  { name, changes }: { readonly name: string; readonly changes: readonly FieldChange[] },
): RowChange | null {
  const { agent, agent_id } = observation;
  const described = changes.map(describeChange);
  const entry = { agent_id, name, ...entryFields(row, agent.voice_id), row, observation, changes };
  if (row.sync_status === 'orphaned') {
    return { action: 'restore', ...entry, reason: ['Agent is back in Retell and eligible', ...described].join('; ') };
  }
  if (changes.length > 0) return { action: 'update', ...entry, reason: described.join('; ') };
  const isNews = row.last_synced_at === null || row.last_synced_at < observation.read_at;
  return isNews ? { action: 'verify', ...entry, reason: 'In sync' } : null;
}

/** The result of merging a name: the row's name afterwards, and the changes that follow from it. */
interface MergedName {
  readonly name: string;
  readonly changes: readonly Change[];
  readonly mergeBase?: MergeBase;
  /** False while the row's name is still to be pushed. */
  readonly agreed: boolean;
}

function mergeRowName(row: LinkedInterviewer, observation: AgentObservation, input: PlanInput): MergedName {
  const { agent_id } = observation;
  const retell_name = nameOf(observation.agent);
  const merge = mergeName(row, retell_name, input.policy.direction);
  if (merge === 'push') return { name: row.name, changes: [pushChange(row, observation, input)], agreed: false };
  const name = merge === 'unchanged' ? row.name : retell_name;
  const known = row.base_retell_name === retell_name && row.base_database_name === name;
  return {
    name,
    changes: merge === 'conflict' ? [conflictChange(agent_id, retell_name, row)] : [],
    ...(known ? {} : { mergeBase: { agent_id, retell_name, database_name: name } }),
    agreed: true,
  };
}

/** A name that matches no pattern is not pushed: it would make the agent ineligible, and so orphan its row. */
function pushChange(row: LinkedInterviewer, { agent_id, agent }: AgentObservation, { policy }: PlanInput): Change {
  const entry = { agent_id, name: row.name, ...entryFields(row, null) };
  if (policy.rules.namePatterns.test(row.name)) {
    return { action: 'push', ...entry, reason: describeRename(agent.agent_name, row.name), row, agent };
  }
  const reason = `Not renamed in Retell: ${JSON.stringify(row.name)} matches no interview pattern, so the agent would no longer be an interviewer; choose another name or extend INTERVIEW_NAME_PATTERNS`;
  return { action: 'error', ...entry, reason };
}

export function describeRename(before: string | null, after: string): string {
  return describeChange({ field: 'name in Retell', from: before, to: after });
}

function skipChange(known: KnownAgent, reason: string, missing_fields: readonly string[] = []): SkipChange {
  const { agent_id, observation } = known;
  const fields = entryFields(null, observation?.agent?.voice_id ?? null);
  return { action: 'skip', agent_id, name: bestName(known), ...fields, reason, missing_fields };
}

function bestName({ agent_id, listed, observation, row }: KnownAgent): string {
  return observation?.agent?.agent_name ?? listed?.agent_name ?? row?.name ?? agent_id;
}
