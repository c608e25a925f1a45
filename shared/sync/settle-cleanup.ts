/** Settles what becomes of the candidates of a cleanup, in one transaction. */
import { listAgreements } from '../db/agreements.ts';
import { applyPlan } from '../db/apply-plan.ts';
import {
  archiveInterviewers,
  type CleanupCandidate,
  closeArchived,
  listReferences,
  lockOrphans,
  markDeleted,
} from '../db/archive.ts';
import { listInterviewers } from '../db/interviewers.ts';
import type { Query } from '../db/pool.ts';
import { writeQuarantined } from '../db/quarantine.ts';
import { lockReadings } from '../db/readings.ts';
import type { Reading } from '../domain/agent.ts';
import { decideFate, type Fate } from '../domain/cleanup.ts';
import { inventoryOfReadings } from '../domain/inventory.ts';
import { plan } from '../domain/plan.ts';
import type { Services } from '../services.ts';

/** What becomes of each candidate, by the row's id. */
export type Fates = ReadonlyMap<string, Fate>;
/** Retell's word on each agent: a reading, or why there is none. */
export type Words = ReadonlyMap<string, Reading | string>;

/** What would become of them; nothing is locked or changed. */
export async function foreseeCleanup(
  services: Services,
  candidates: readonly CleanupCandidate[],
  words: Words,
): Promise<Fates> {
  return decideFates(services, candidates, words, services.database.query);
}

/** Carries a cleanup out in the transaction of `query`; the fates tell what really happened. */
export async function settleCleanup(
  services: Services,
  run_id: number,
  candidates: readonly CleanupCandidate[],
  words: Words,
  olderThanDays: number,
  query: Query,
): Promise<Fates> {
  const still = new Set(await lockUnchanged(candidates, words, olderThanDays, query));
  const decided = await decideFates(services, candidates, words, query);
  const fates = new Map([...decided].map(([id, fate]) => [id, still.has(id) ? fate : CHANGED]));
  return carryOut(services, run_id, candidates, words, fates, query);
}

async function decideFates(
  { config }: Services,
  candidates: readonly CleanupCandidate[],
  words: Words,
  query: Query,
): Promise<Fates> {
  if (candidates.length === 0) return new Map();
  const references = await listReferences(
    query,
    candidates.map(({ id }) => id),
  );
  return new Map(
    candidates.map((candidate) => {
      const word = words.get(candidate.agent_id ?? '');
      return [candidate.id, decideFate(candidate, word, references.get(candidate.id), config.namePatterns)];
    }),
  );
}

/** Readings before rows, as a sync locks them. Whoever has a newer word on the agent than ours decides what becomes of it. */
async function lockUnchanged(
  candidates: readonly CleanupCandidate[],
  words: Words,
  olderThanDays: number,
  query: Query,
): Promise<readonly string[]> {
  const newest = await lockReadings(query, [...words.keys()]);
  const current = candidates.filter(({ agent_id }) => {
    const word = words.get(agent_id ?? '');
    if (word === undefined || typeof word === 'string') return true;
    return newest.get(word.agent_id)?.getTime() === word.read_at.getTime();
  });
  return lockOrphans(
    query,
    current.map(({ id }) => id),
    olderThanDays,
  );
}

/** For a candidate that is not what it was when the cleanup began. */
export const CHANGED: Fate = { outcome: 'kept', reason: 'The row was changed meanwhile; the next cleanup looks again' };

async function carryOut(
  services: Services,
  run_id: number,
  candidates: readonly CleanupCandidate[],
  words: Words,
  fates: Fates,
  query: Query,
): Promise<Fates> {
  const having = (outcome: Fate['outcome']) => candidates.filter(({ id }) => fates.get(id)?.outcome === outcome);
  const archive = having('archived').map(({ id }) => ({ id, reason: fates.get(id)?.reason ?? '' }));
  if (archive.length > 0) {
    await closeArchived(
      query,
      archive.map(({ id }) => id),
    );
  }
  const refused = new Map<string, Fate>();
  const archived = await writeQuarantined(
    query,
    archive,
    (query, rows) => archiveInterviewers(query, rows, run_id),
    ({ id }, error) => refused.set(id, refusal(error)),
  );
  const kept = having('marked_deleted').map(({ id }) => id);
  const marked = kept.length === 0 ? [] : await markDeleted(query, kept);
  const restored = await restoreBack(services, having('restored'), words, query);
  const done = new Set([...archived, ...marked, ...restored]);
  return new Map(
    [...fates].map(([id, fate]) => [id, fate.outcome === 'kept' || done.has(id) ? fate : (refused.get(id) ?? CHANGED)]),
  );
}

function refusal(error: unknown): Fate {
  const message = error instanceof Error ? error.message : String(error);
  return { outcome: 'kept', reason: `Postgres refused to remove the row: ${message}` };
}

/** An agent that is back is restored as a sync would do it; returns the rows. */
async function restoreBack(
  services: Services,
  candidates: readonly CleanupCandidate[],
  words: Words,
  query: Query,
): Promise<readonly string[]> {
  if (candidates.length === 0) return [];
  const back = new Set(candidates.map(({ agent_id }) => agent_id ?? ''));
  const readings = [...words.values()]
    .filter((word) => typeof word !== 'string')
    .filter(({ agent_id }) => back.has(agent_id));
  const rows = (await listInterviewers(query)).filter((row) => back.has(row.agent_id ?? ''));
  const { namePatterns, direction } = services.config;
  const restores = plan({
    inventory: inventoryOfReadings(readings),
    rows,
    agreed: await listAgreements(query),
    created: new Map(),
    // A name that is to be pushed stays as it is: pushing it is the next sync's business.
    settings: { namePatterns, direction, createsAgents: false },
  });
  const written = await applyPlan(query, restores, false);
  return rows.filter((row) => written.restores.has(row.agent_id ?? '')).map((row) => row.id);
}
