/**
 * The shapes that travel: what Retell lists, what it says of one agent, and the platform's row.
 * Names are those of Retell's API and of the columns, so that no mapper stands between.
 */

/** One item of `POST /v2/list-agents`; it has no voice, no version and no language. */
export interface ListedAgent {
  readonly agent_id: string;
  readonly agent_name: string | null;
  readonly channel: 'voice' | 'chat';
  /** Milliseconds since 1970. A hint that the agent changed, never a proof that it did not. */
  readonly user_modified_timestamp: number;
}

/** What `GET /get-agent/{id}` says of an agent, in the version that `RETELL_AGENT_VERSION` asks for. */
export interface Agent {
  readonly agent_id: string;
  readonly agent_name: string | null;
  readonly voice_id: string | null;
  readonly version: number;
  readonly is_published: boolean;
  /** Several languages are joined by `, `. */
  readonly language: string | null;
  /** Milliseconds since 1970; belongs to the version. */
  readonly last_modification_timestamp: number;
}

/** Retell's word on one agent at one moment: the only evidence on which anything is written. */
export interface Observation {
  readonly agent_id: string;
  /** When the request began, by the database's clock: of two readings the later one is the newer. */
  readonly read_at: Date;
  /** The listing's `user_modified_timestamp` that this reading answers to; null: read it again with the next sync. */
  readonly listed_timestamp: number | null;
  /** null: Retell says that there is no such agent. */
  readonly agent: Agent | null;
}

export type SyncStatus = 'active' | 'orphaned' | 'deleted';

/** A row of the platform's `interviewer` table, without the columns that only the platform uses. */
export interface Interviewer {
  /** Whatever type the platform's key has, as text. */
  readonly id: string;
  readonly agent_id: string | null;
  readonly name: string;
  readonly voice_id: string | null;
  readonly agent_version: number | null;
  readonly language: string | null;
  readonly retell_modified_at: Date | null;
  readonly orphaned_at: Date | null;
  readonly orphan_reason: string | null;
  readonly last_synced_at: Date | null;
  readonly sync_status: SyncStatus;
}

/** A row that stands for an agent. */
export type LinkedInterviewer = Interviewer & { readonly agent_id: string };
