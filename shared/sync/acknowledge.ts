/** Acknowledges conflicts of names: a person accepts that both sides have the name in Retell. */
import type { AcknowledgeEntry, AcknowledgeReport } from '../api/cleanup.ts';
import { ERRORS } from '../api/errors.ts';
import { acknowledgeConflicts } from '../db/conflicts.ts';
import { AppError } from '../errors.ts';
import type { CoreServices } from '../services.ts';
import { counted } from '../text.ts';

export interface AcknowledgeRequest {
  readonly agent_ids: readonly string[];
  /** The newest run whose conflicts the caller has seen. */
  readonly run_id?: number | undefined;
}

/** @throws AppError `nothing_to_acknowledge` when none of the agents has an open conflict that the caller has seen */
export async function acknowledge(
  { database, log }: CoreServices,
  { agent_ids, run_id }: AcknowledgeRequest,
): Promise<AcknowledgeReport> {
  const closed = new Set(await acknowledgeConflicts(database.query, agent_ids, run_id ?? null));
  const acknowledged = [...new Set(agent_ids)].map(
    (agent_id): AcknowledgeEntry => ({ agent_id, outcome: closed.has(agent_id) ? 'acknowledged' : 'not_found' }),
  );
  if (closed.size === 0) {
    throw new AppError({
      status: 404,
      code: 'nothing_to_acknowledge',
      message: `There is no open conflict of ${acknowledged.length === 1 ? 'this agent' : 'any of these agents'}.`,
      hint: ERRORS.nothing_to_acknowledge.hint,
      details: { acknowledged },
    });
  }
  const message = `${counted(closed.size, 'conflict')} acknowledged`;
  log.info(message, { agent_ids: [...closed] });
  return { success: true, message, acknowledged_count: closed.size, acknowledged };
}
