/** Settles what becomes of the candidates of a cleanup, in one transaction. */
import { applyPlan } from '../db/apply-plan.ts';
import {
  archiveInterviewers,
  type CleanupCandidate,
  closeArchived,
  keepDeleted,
  listReferences,
  lockOrphans,
  type TakenOut,
} from '../db/archive.ts';
import { writeBisecting } from '../db/bisect-batch.ts';
import { listInterviewersWithMergeBases } from '../db/interviewers.ts';
import { lockObservations } from '../db/observations.ts';
import type { Query } from '../db/pool.ts';
import type { Observation } from '../domain/agent.ts';
import { decideFate, type Fate } from '../domain/cleanup.ts';
import { observedStateOf } from '../domain/observed-state.ts';
import { plan } from '../domain/plan.ts';
import type { Services } from '../services.ts';

/** What becomes of each candidate, by the row's id. */
export type Fates = ReadonlyMap<string, Fate>;
/** Retell's word on each agent: a reading, or why there is none. */
export type Words = ReadonlyMap<string, Observation | string>;

type Settings = Pick<Services['config'], 'namePatterns' | 'direction'>;

/** Carries a cleanup out in the transaction of `query`; the fates tell what really happened. */
export async function settleCleanup(
  query: Query,
  config: Settings,
  run_id: number,
  candidates: readonly CleanupCandidate[],
  words: Words,
  olderThanDays: number,
): Promise<Fates> {
  const still = new Set(await lockUnchanged(query, candidates, words, olderThanDays));
  const decided = await foreseeCleanup(query, config, candidates, words);
  const fates = new Map([...decided].map(([id, fate]) => [id, still.has(id) ? fate : CHANGED]));
  return carryOut(query, config, run_id, candidates, words, fates);
}

/** What would become of them; nothing is locked or changed. */
export async function foreseeCleanup(
  query: Query,
  config: Settings,
  candidates: readonly CleanupCandidate[],
  words: Words,
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

/** Readings before rows, as a sync locks them. Whoever has another, newer word on the agent decides what becomes of it. */
async function lockUnchanged(
  query: Query,
  candidates: readonly CleanupCandidate[],
  words: Words,
  olderThanDays: number,
): Promise<readonly string[]> {
  const observations = [...words.values()].filter((word) => typeof word !== 'string');
  const overtaken = await lockObservations(query, observations);
  const current = candidates.filter(({ agent_id }) => !overtaken.has(agent_id ?? ''));
  return lockOrphans(
    query,
    current.map(({ id }) => id),
    olderThanDays,
  );
}

/** For a candidate that is not what it was when the cleanup began. */
export const CHANGED: Fate = { outcome: 'kept', reason: 'The row was changed meanwhile; the next cleanup looks again' };

async function carryOut(
  query: Query,
  config: Settings,
  run_id: number,
  candidates: readonly CleanupCandidate[],
  words: Words,
  fates: Fates,
): Promise<Fates> {
  const having = (outcome: Fate['outcome']) => candidates.filter(({ id }) => fates.get(id)?.outcome === outcome);
  const taken = (outcome: Fate['outcome']): TakenOut[] =>
    having(outcome).map(({ id }) => ({ id, reason: fates.get(id)?.reason ?? '' }));
  const refused = new Map<string, Fate>();
  const refuse = ({ id }: { readonly id: string }, reason: string) => refused.set(id, { outcome: 'kept', reason });
  const takeOut = async (items: readonly TakenOut[], statement: typeof archiveInterviewers) => {
    const ids = items.map(({ id }) => id);
    if (ids.length > 0) await closeArchived(query, ids);
    return writeBisecting(query, items, (query, rows) => statement(query, rows, run_id), refuse);
  };
  const archived = await takeOut(taken('archived'), archiveInterviewers);
  const kept = await takeOut(taken('marked_deleted'), keepDeleted);
  const restored = await restoreBack(query, config, having('restored'), words, refuse);
  const done = new Set([...archived, ...kept, ...restored]);
  return new Map(
    [...fates].map(([id, fate]) => [id, fate.outcome === 'kept' || done.has(id) ? fate : (refused.get(id) ?? CHANGED)]),
  );
}

/** An agent that is back is restored as a sync would do it; returns the rows. */
async function restoreBack(
  query: Query,
  { namePatterns, direction }: Settings,
  candidates: readonly CleanupCandidate[],
  words: Words,
  refuse: (candidate: CleanupCandidate, reason: string) => void,
): Promise<readonly string[]> {
  if (candidates.length === 0) return [];
  const back = new Map(candidates.map((candidate) => [candidate.agent_id ?? '', candidate]));
  const agent_ids = [...back.keys()];
  const observations = [...words.values()]
    .filter((word) => typeof word !== 'string')
    .filter(({ agent_id }) => back.has(agent_id));
  const { rows, agreed, underway } = await listInterviewersWithMergeBases(query, agent_ids);
  const restores = plan({
    observed: observedStateOf(observations),
    rows: rows.filter((row) => back.has(row.agent_id ?? '')),
    agreed,
    underway,
    created: new Map(),
    // A name that is to be pushed stays as it is: pushing it is the next sync's business.
    settings: { namePatterns, direction, createsAgents: false },
  });
  const written = await applyPlan(query, restores, false);
  for (const { agent_id, reason } of written.problems) {
    const candidate = back.get(agent_id);
    if (candidate !== undefined) refuse(candidate, reason);
  }
  return candidates.filter(({ agent_id }) => written.restores.has(agent_id ?? '')).map(({ id }) => id);
}
