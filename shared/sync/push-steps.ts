/** The results of a run's pushes, and the input of the next plan that follows from them. */
import type { Observation } from '../domain/agent.ts';
import type { CreateAgentChange, ErrorChange, PushChange } from '../domain/change.ts';
import type { Pending, Unreadable } from '../domain/observed-state.ts';
import type { PlanInput } from '../domain/plan-types.ts';

/** What one push did. */
export interface PushStep {
  readonly change: PushChange | CreateAgentChange | ErrorChange | null;
  /** What `get-agent` returned afterwards. */
  readonly observation?: Observation;
  readonly unreadable?: Unreadable & { readonly agent_id: string };
  /** Whether the agent has the row's name now. */
  readonly arrived?: { readonly agent_id: string; readonly name: string };
  /** An agent created for a row. */
  readonly created?: { readonly interviewer_id: string; readonly agent_id: string };
  /** The run has no time for more pushes. */
  readonly outOfTime?: boolean;
}

/** A push that ran out of time is repeated by the run's continuation: that is no error, and what it did stays listed. */
export function withoutLateErrors(step: PushStep): PushStep {
  if (step.outOfTime !== true) return step;
  const { change, unreadable: _late, ...done } = step;
  return { ...done, change: change?.action === 'error' ? null : change };
}

/** `left`: what the run had no time to push, which makes it partial. */
export function inputAfter(input: PlanInput, steps: readonly PushStep[], left: Pending): PlanInput {
  const { observed, createdAgents } = input;
  const read = steps.flatMap(({ observation }) => (observation ? [[observation.agent_id, observation] as const] : []));
  const unreadable = steps
    .flatMap((step) => step.unreadable ?? [])
    .map(({ agent_id, ...rest }) => [agent_id, rest] as const);
  const created = steps.flatMap((step) => step.created ?? []).map((one) => [one.interviewer_id, one.agent_id] as const);
  return {
    ...input,
    observed: {
      ...observed,
      observations: new Map([...observed.observations, ...read]),
      unreadable: new Map([...observed.unreadable, ...unreadable]),
      ...left,
      read: observed.read + read.length,
    },
    createdAgents: new Map([...createdAgents, ...created]),
  };
}
