/** What a run starts from: the database's side. */
import { listCreations } from '../db/creations.ts';
import { listAgreedInterviewers } from '../db/interviewers.ts';
import type { Query } from '../db/pool.ts';
import { listReadings } from '../db/readings.ts';
import type { Interviewer, Reading } from '../domain/agent.ts';

export interface RunState {
  readonly rows: readonly Interviewer[];
  readonly remembered: ReadonlyMap<string, Reading>;
  readonly agreed: ReadonlyMap<string, string>;
  readonly underway: ReadonlyMap<string, string>;
  /** Agents that were created in Retell for rows, by the row's id. */
  readonly created: ReadonlyMap<string, string>;
}

/**
 * What Retell said comes after the rows, for another run may write in between: a name that it took over from Retell must
 * not look like one that only the platform changed, which would be pushed.
 */
export async function loadRunState(query: Query): Promise<RunState> {
  const { rows, agreed, underway } = await listAgreedInterviewers(query, null);
  const remembered = await listReadings(query);
  const creations = await listCreations(query);
  const created = new Map(
    creations.flatMap(({ interviewer_id, agent_id }) =>
      agent_id === null ? [] : [[interviewer_id, agent_id] as const],
    ),
  );
  return { rows, remembered, agreed, underway, created };
}
