/** Finds out in what unpublished drafts differ from what is published, for the audit's advice. */
import { listDrafts, saveDrafts } from '../db/observations.ts';
import { differingFields } from '../domain/versions.ts';
import type { DraftDifference } from '../domain/warnings.ts';
import { AppError } from '../errors.ts';
import type { RetellSession } from '../retell/client.ts';
import type { Services } from '../services.ts';
import { mapConcurrently } from './map-concurrently.ts';

/** Drafts that one run compares at most, at two calls each; the next run goes on. */
const MOST_COMPARED = 100;

/** Says in what each unpublished draft differs from what is published; each draft is compared once. */
export async function detectUnpublishedDrafts(
  services: Services,
  session: RetellSession,
): Promise<readonly DraftDifference[]> {
  const { query } = services.database;
  const known = await listDrafts(query);
  const unknown = known.filter(({ fields }) => fields === null).slice(0, MOST_COMPARED);
  const answers = await mapConcurrently(unknown, services.retell.concurrency, ({ agent_id }) =>
    compareDraft(session, agent_id),
  );
  const compared = answers.filter((difference) => difference !== null);
  if (compared.length > 0) await saveDrafts(query, compared);
  return [...known.flatMap(({ agent_id, fields }) => (fields === null ? [] : [{ agent_id, fields }])), ...compared];
}

/** null: it could not be compared now. Advice is not worth failing an audit for. */
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
