/** What a run starts from: the database's side. */

import { listInterviewersWithMergeBases } from '../db/interviewers.ts';
import { listObservations } from '../db/observations.ts';
import { listPendingCreates } from '../db/pending-creates.ts';
import type { Query } from '../db/pool.ts';
import type { Interviewer, Observation } from '../domain/agent.ts';

export interface DatabaseState {
  readonly rows: readonly Interviewer[];
  readonly remembered: ReadonlyMap<string, Observation>;
  readonly agreed: ReadonlyMap<string, string>;
  readonly underway: ReadonlyMap<string, string>;
  /** Agents that were created in Retell for rows, by the row's id. */
  readonly created: ReadonlyMap<string, string>;
}

/**
 * What Retell said comes after the rows, for another run may write in between: a name that it took over from Retell must
 * not look like one that only the platform changed, which would be pushed.
 */
export async function loadDatabaseState(query: Query): Promise<DatabaseState> {
  const { rows, agreed, underway } = await listInterviewersWithMergeBases(query, null);
  const remembered = await listObservations(query);
  const creations = await listPendingCreates(query);
  const created = new Map(
    creations.flatMap(({ interviewer_id, agent_id }) =>
      agent_id === null ? [] : [[interviewer_id, agent_id] as const],
    ),
  );
  return { rows, remembered, agreed, underway, created };
}
