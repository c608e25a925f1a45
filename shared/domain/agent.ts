/**
 * What Retell lists, what it returns for one agent, and the platform's row. Names are those of Retell's API and of the
 * columns, so that no mapper is needed.
 */
import type { SyncStatus } from '../api/fields.ts';
import type { SyncedFields, SyncedValues } from './synced-columns.ts';

/** One item of `POST /v2/list-agents`; it has no voice, no version and no language. */
export interface ListedAgent {
  readonly agent_id: string;
  readonly agent_name: string | null;
  /** `voice`, `chat` or a channel that Retell has added since; only `voice` is voice. */
  readonly channel: string;
  /** Milliseconds since 1970. A hint that the agent changed, never proof that it did not. */
  readonly user_modified_timestamp: number;
}

/**
 * What `GET /get-agent/{id}` returns, in the version that `RETELL_AGENT_VERSION` names. Several languages are joined by
 * `, `.
 */
export interface Agent extends SyncedFields {
  readonly agent_id: string;
  readonly agent_name: string | null;
  readonly is_published: boolean;
  /** The agent's own webhook; null: the account's. */
  readonly webhook_url: string | null;
  /** The events that the agent's webhook receives; null: the default ones. */
  readonly webhook_events: readonly string[] | null;
}

/** One `get-agent` result with the moment it was requested: every write rests on an observation. */
export interface Observation {
  readonly agent_id: string;
  /** When the request began, by the database's clock: of two observations the later one is the newer. */
  readonly read_at: Date;
  /**
   * The `user_modified_timestamp` of the listing that prompted this observation; null: the next sync reads the agent
   * again.
   */
  readonly listed_timestamp: number | null;
  /** null: Retell has no such agent. */
  readonly agent: Agent | null;
}

/** An observation of an agent that exists. */
export type AgentObservation = Observation & { readonly agent: Agent };

/** A row of the platform's `interviewer` table, without the columns that only the platform uses. */
export interface Interviewer extends SyncedValues {
  /** The platform's key as text, whatever its type. */
  readonly id: string;
  readonly agent_id: string | null;
  readonly name: string;
  readonly orphaned_at: Date | null;
  readonly orphan_reason: string | null;
  readonly last_synced_at: Date | null;
  readonly sync_status: SyncStatus;
  /** The merge base of the agent's and this row's names; null: not yet. */
  readonly base_retell_name: string | null;
  readonly base_database_name: string | null;
  /** A name on its way to Retell. */
  readonly pending_name: string | null;
}

/** A row that is linked to an agent. */
export type LinkedInterviewer = Interviewer & { readonly agent_id: string };

/** The names of an agent and its row. */
export interface Names {
  readonly retell_name: string;
  readonly database_name: string;
}

/** The names on both sides when they last agreed: the merge base of the agent's next rename. */
export interface MergeBase extends Names {
  readonly agent_id: string;
}

/** An eligible agent always has a name. */
export function nameOf(agent: Pick<Agent, 'agent_name'>): string {
  return agent.agent_name ?? '';
}

export function isAgentObservation(observation: Observation | undefined): observation is AgentObservation {
  return observation !== undefined && observation.agent !== null;
}
