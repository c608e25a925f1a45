/** Finds how unpublished drafts differ from their published versions, for the audit's warnings. */
import { listDrafts, saveDrafts } from '../db/observations.ts';
import { differingFields } from '../domain/versions.ts';
import type { DraftDifference } from '../domain/warnings.ts';
import { AppError } from '../errors.ts';
import type { RetellSession } from '../retell/client.ts';
import { mapConcurrently } from './read-state.ts';
import type { RunContext } from './run.ts';

/** Drafts that one run compares at most, with two calls each; the next run continues. */
const MAX_COMPARED = 100;

/** The differences of all unpublished drafts; each draft is compared once. */
export async function detectUnpublishedDrafts({ services, session }: RunContext): Promise<readonly DraftDifference[]> {
  const { query } = services.database;
  const drafts = await listDrafts(query);
  const unknown = drafts.filter(({ fields }) => fields === null).slice(0, MAX_COMPARED);
  const results = await mapConcurrently(unknown, services.retell.concurrency, ({ agent_id }) =>
    compareDraft(session, agent_id),
  );
  const compared = results.filter((difference) => difference !== null);
  if (compared.length > 0) await saveDrafts(query, compared);
  return [...drafts.flatMap(({ agent_id, fields }) => (fields === null ? [] : [{ agent_id, fields }])), ...compared];
}

/** null: it could not be compared. A warning is not worth failing an audit for. */
async function compareDraft(session: RetellSession, agent_id: string): Promise<DraftDifference | null> {
  try {
    const draft = await session.readVersion(agent_id, 'latest');
    const published = draft === null ? null : await session.readVersion(agent_id, 'latest_published');
    const fields = draft === null || published === null ? [] : differingFields(draft, published);
    return { agent_id, fields };
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}
