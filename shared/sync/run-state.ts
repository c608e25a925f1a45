/** What a run starts from: the database's side, as one consistent set of facts. */
import { listAgreements } from '../db/agreements.ts';
import { listCreations } from '../db/creations.ts';
import { listInterviewers } from '../db/interviewers.ts';
import type { Query } from '../db/pool.ts';
import { listReadings } from '../db/readings.ts';
import type { Interviewer, Reading } from '../domain/agent.ts';

export interface RunState {
  readonly rows: readonly Interviewer[];
  readonly remembered: ReadonlyMap<string, Reading>;
  readonly agreed: ReadonlyMap<string, string>;
  /** Agents that were created in Retell for rows, by the row's id. */
  readonly created: ReadonlyMap<string, string>;
}

export async function loadRunState(query: Query): Promise<RunState> {
  const rows = await listInterviewers(query);
  const remembered = await listReadings(query);
  const agreed = await listAgreements(query);
  const creations = await listCreations(query);
  const created = new Map(
    creations.flatMap(({ interviewer_id, agent_id }) =>
      agent_id === null ? [] : [[interviewer_id, agent_id] as const],
    ),
  );
  return { rows, remembered, agreed, created };
}
