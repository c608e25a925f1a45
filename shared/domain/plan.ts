/** Decides what a sync does. Pure: applying a plan and planning again gives an empty one. */
import type { Agent, Interviewer, LinkedInterviewer, ListedAgent, Observation } from './agent.ts';
import { fromAgent, fromListing, ineligibility, type RuleResult } from './eligibility.ts';
import { linkRows } from './link-rows.ts';
import { decideName, nameOf } from './merge-name.ts';
import { isEvidence, linkedRows } from './observed-state.ts';
import type { AgentObservation, Plan, PlanInput, PlannedUpdate, Skip } from './plan-types.ts';

/** What is decided agent by agent; rows without an agent come last. */
type Decided = Omit<Plan, 'creates' | 'links' | 'creations'>;
type Draft = { -readonly [K in keyof Decided]: Decided[K] extends readonly (infer Item)[] ? Item[] : Decided[K] };

export function plan(input: PlanInput): Plan {
  const draft = emptyDraft();
  const linked = linkedRows(input.rows);
  const unlinked: AgentObservation[] = [];
  for (const agent_id of agentsConcerned(input, linked)) {
    planAgent(agent_id, linked.get(agent_id), input, draft, unlinked);
  }
  const { links, conflicts, creations, creates } = linkRows(unlinked, input);
  const newcomers = [...links, ...creates].map(({ observation }) => observation);
  return {
    ...draft,
    links,
    creates,
    creations,
    conflicts: [...draft.conflicts, ...conflicts],
    agreements: [...draft.agreements, ...newcomers.map(({ agent_id, agent }) => ({ agent_id, name: nameOf(agent) }))],
  };
}

function emptyDraft(): Draft {
  return {
    updates: [],
    restores: [],
    orphans: [],
    confirms: [],
    pushes: [],
    conflicts: [],
    agreements: [],
    skips: [],
    problems: [],
    unchanged: 0,
  };
}

/** Everything that Retell lists, then what it does not list: agents just created and read, and those of active rows. */
function agentsConcerned(
  { observed, created }: PlanInput,
  linked: ReadonlyMap<string, LinkedInterviewer>,
): ReadonlySet<string> {
  const fresh = [...created.values()].filter((id) =>
    isEvidence(observed.observations.get(id), observed.evidence_since),
  );
  const concerned = new Set([...observed.listed.keys(), ...observed.unreadable.keys(), ...fresh]);
  for (const [agent_id, row] of linked) if (row.sync_status === 'active') concerned.add(agent_id);
  return concerned;
}

function planAgent(
  agent_id: string,
  row: LinkedInterviewer | undefined,
  input: PlanInput,
  draft: Draft,
  unlinked: AgentObservation[],
): void {
  const { observed, settings } = input;
  const listed = observed.listed.get(agent_id);
  const observation = observed.observations.get(agent_id);
  const unreadable = observed.unreadable.get(agent_id);
  if (unreadable !== undefined) {
    const name = observed.unusable_names.get(agent_id) ?? bestName(listed, observation, row);
    draft.problems.push({ agent_id, name, reason: unreadable });
  } else if (observed.pending.has(agent_id)) {
    // Left for the continuation, which reads it.
  } else if (row?.sync_status === 'deleted') {
    const name = bestName(listed, observation, row);
    draft.skips.push(skip(agent_id, name, observation, 'The interviewer was deleted in the platform'));
  } else {
    const failure = failedRule(listed, observation, row, settings.namePatterns);
    if (failure === null && isAgentObservation(observation)) planEligible(row, observation, input, draft, unlinked);
    else if (failure !== null) planIneligible(failure, agent_id, row, input, draft);
  }
}

/** A row is judged by what `get-agent` said; without a living row, what the listing shows is enough to skip an agent. */
function failedRule(
  listed: ListedAgent | undefined,
  observation: Observation | undefined,
  row: Interviewer | undefined,
  namePatterns: RegExp,
): RuleResult | 'gone' | null {
  const byListing = listed === undefined ? null : ineligibility(fromListing(listed), namePatterns);
  if (byListing !== null && row?.sync_status !== 'active') return byListing;
  if (observation === undefined) return byListing;
  return observation.agent === null ? 'gone' : ineligibility(fromAgent(observation.agent), namePatterns);
}

function planIneligible(
  failure: RuleResult | 'gone',
  agent_id: string,
  row: LinkedInterviewer | undefined,
  { observed }: PlanInput,
  draft: Draft,
): void {
  const observation = observed.observations.get(agent_id);
  const reason = failure === 'gone' ? 'Agent no longer exists in Retell' : failure.reason;
  if (row?.sync_status === 'active') {
    if (observation !== undefined && isEvidence(observation, observed.evidence_since))
      draft.orphans.push({ row, observation, reason });
    else
      draft.problems.push({
        agent_id,
        name: row.name,
        reason: `Not orphaned: Retell has not confirmed it (${reason})`,
      });
  } else if (failure !== 'gone') {
    const name = bestName(observed.listed.get(agent_id), observation, row);
    draft.skips.push(skip(agent_id, name, observation, reason, failure.missing_fields));
  }
}

function planEligible(
  row: LinkedInterviewer | undefined,
  observation: AgentObservation,
  input: PlanInput,
  draft: Draft,
  unlinked: AgentObservation[],
): void {
  if (row === undefined) {
    unlinked.push(observation);
    return;
  }
  const name = mergeRowName(row, observation.agent, input, draft);
  const changes = rowChanges(row, observation.agent, name);
  const update: PlannedUpdate = { row, observation, name, changes };
  if (row.sync_status === 'orphaned') draft.restores.push(update);
  else if (changes.length > 0) draft.updates.push(update);
  else {
    if (name === observation.agent.agent_name) draft.unchanged += 1;
    if (row.last_synced_at === null || row.last_synced_at < observation.read_at) draft.confirms.push(update);
  }
}

/** Decides the name that the row is to bear, and notes what follows: a push, a conflict, what is now agreed. */
function mergeRowName(row: LinkedInterviewer, agent: Agent, input: PlanInput, draft: Draft): string {
  const retellName = nameOf(agent);
  const agreed = input.agreed.get(agent.agent_id);
  const arrived = input.underway.get(agent.agent_id) === retellName;
  const decision = decideName(row.name, retellName, arrived ? retellName : agreed, input.settings.direction);
  if (decision === 'push') {
    addPush(row, agent, input.settings.namePatterns, draft);
    return row.name;
  }
  if (decision === 'conflict') {
    draft.conflicts.push({ agent_id: agent.agent_id, retell_name: retellName, database_name: row.name });
  }
  if (agreed !== retellName) draft.agreements.push({ agent_id: agent.agent_id, name: retellName });
  return retellName;
}

/** A name that the patterns do not know would make the agent ineligible, and so orphan the very row that asked for it. */
function addPush(row: LinkedInterviewer, agent: Agent, namePatterns: RegExp, draft: Draft): void {
  if (namePatterns.test(row.name)) draft.pushes.push({ row, agent });
  else {
    draft.problems.push({
      agent_id: agent.agent_id,
      name: row.name,
      reason: `Not renamed in Retell: "${row.name}" matches no interview pattern, so the agent would no longer be an interviewer; choose another name or extend INTERVIEW_NAME_PATTERNS`,
    });
  }
}

/** What would change in the row, as people read it: `name: "A" -> "B"`. */
export function rowChanges(row: Interviewer, agent: Agent, name: string): readonly string[] {
  return [
    change('name', row.name, name),
    change('voice_id', row.voice_id, agent.voice_id),
    change('agent_version', row.agent_version, agent.version),
    change('language', row.language, agent.language),
    changeOfTime('retell_modified_at', row.retell_modified_at, agent.last_modification_timestamp),
  ].filter((text) => text !== null);
}

function change(column: string, before: string | number | null, after: string | number | null): string | null {
  return before === after ? null : `${column}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`;
}

function changeOfTime(column: string, before: Date | null, after: number): string | null {
  if (before?.getTime() === after) return null;
  return change(column, before?.toISOString() ?? null, new Date(after).toISOString());
}

function skip(
  agent_id: string,
  name: string,
  observation: Observation | undefined,
  reason: string,
  missing_fields: readonly string[] = [],
): Skip {
  const voice_id = observation?.agent?.voice_id ?? null;
  return { agent_id, name, ...(voice_id === null ? {} : { voice_id }), reason, missing_fields };
}

function isAgentObservation(observation: Observation | undefined): observation is AgentObservation {
  return observation !== undefined && observation.agent !== null;
}

function bestName(
  listed: ListedAgent | undefined,
  observation: Observation | undefined,
  row: Interviewer | undefined,
): string {
  return observation?.agent?.agent_name ?? listed?.agent_name ?? row?.name ?? 'unknown';
}
