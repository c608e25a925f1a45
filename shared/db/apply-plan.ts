/** Applies a plan in the transaction of `query`, and returns the changes that reached the database. */
import type { MergeBase, Observation } from '../domain/agent.ts';
import { type Change, changesOf, type ErrorChange, isWrite, type WriteChange } from '../domain/change.ts';
import type { Plan } from '../domain/plan-types.ts';
import { writeBisecting } from './bisect-batch.ts';
import {
  insertInterviewers,
  linkInterviewers,
  orphanInterviewers,
  updateInterviewers,
  verifyInterviewers,
} from './interviewers.ts';
import { saveMergeBases } from './merge-bases.ts';
import { lockObservations } from './observations.ts';
import type { Query } from './pool.ts';
import { catchUpIdSequence } from './table-faults.ts';

/** Writes changes of one kind; returns the agents whose row was written. */
type Statement<Item> = (query: Query, items: readonly Item[]) => Promise<string[]>;

/**
 * Nothing newer is overwritten: an agent with a newer, different observation is left to the run that made it, and a row
 * that the platform changed in between is left to the next run. Rows that Postgres refuses become errors.
 */
export async function applyPlan(
  query: Query,
  { changes, mergeBases }: Pick<Plan, 'changes' | 'mergeBases'>,
): Promise<readonly Change[]> {
  const writes = await currentWrites(query, changes);
  const written = new Set<Change>();
  const errors: ErrorChange[] = [];
  const write = async <Item extends WriteChange>(items: readonly Item[], statement: Statement<Item>) => {
    const onBadRow = ({ agent_id, name }: Item, reason: string) =>
      errors.push({ action: 'error', agent_id, name, reason });
    const agent_ids = new Set(await writeBisecting(query, items, statement, onBadRow));
    for (const item of items) if (agent_ids.has(item.agent_id)) written.add(item);
  };
  // Links come first: an existing row takes its agent before a new row could.
  await write(changesOf(writes, 'link'), linkInterviewers);
  const creates = changesOf(writes, 'create');
  if (creates.length > 0) await catchUpIdSequence(query);
  await write(creates, insertInterviewers);
  await write(changesOf(writes, 'update'), updateInterviewers);
  await write(changesOf(writes, 'restore'), updateInterviewers);
  await write(changesOf(writes, 'orphan'), orphanInterviewers);
  await write(changesOf(writes, 'verify'), verifyInterviewers);
  const agreed = agreedMergeBases(mergeBases, changes, written);
  if (agreed.length > 0) await saveMergeBases(query, agreed);
  return [...changes.filter((change) => !isWrite(change) || written.has(change)), ...errors];
}

/** The writes whose observation is still the newest. */
async function currentWrites(query: Query, changes: readonly Change[]): Promise<readonly WriteChange[]> {
  const writes = changes.filter(isWrite);
  const observations: readonly Observation[] = writes.map(({ observation }) => observation);
  const overtaken = await lockObservations(query, observations);
  return writes.filter(({ agent_id }) => !overtaken.has(agent_id));
}

/** A name becomes the merge base once both sides have it: when its row was written, or needed no write. */
function agreedMergeBases(
  mergeBases: readonly MergeBase[],
  changes: readonly Change[],
  written: ReadonlySet<Change>,
): readonly MergeBase[] {
  const planned = changesOf(changes, 'link', 'create', 'update', 'restore');
  const unwritten = new Set(planned.filter((change) => !written.has(change)).map(({ agent_id }) => agent_id));
  return mergeBases.filter(({ agent_id }) => !unwritten.has(agent_id));
}
