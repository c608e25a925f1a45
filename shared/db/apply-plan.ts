/** Applies a plan in the transaction of `query`, and returns the changes that reached the database. */
import type { MergeBase, Observation } from '../domain/agent.ts';
import {
  type Change,
  type CreateChange,
  changesOf,
  type ErrorChange,
  isWrite,
  type WriteChange,
} from '../domain/change.ts';
import type { Plan } from '../domain/plan-types.ts';
import { tryToWrite, writeBisecting } from './bisect-batch.ts';
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
type WriteStatement<Item> = (query: Query, items: readonly Item[]) => Promise<string[]>;

/**
 * Nothing newer is overwritten: an agent with a newer, different observation is left to the run that made it, and a row
 * that the platform changed in between is left to the next run. Rows that Postgres refuses become errors.
 */
export async function applyPlan(
  query: Query,
  { changes, mergeBases }: Pick<Plan, 'changes' | 'mergeBases'>,
): Promise<readonly Change[]> {
  const writes = await currentWrites(query, changes);
  const { agent_ids, errors } = await writeAll(query, batchesOf(writes));
  const written = new Set<Change>(writes.filter(({ agent_id }) => agent_ids.has(agent_id)));
  const agreed = agreedMergeBases(mergeBases, changes, written);
  if (agreed.length > 0) await saveMergeBases(query, agreed);
  return [...changes.filter((change) => !isWrite(change) || written.has(change)), ...errors];
}

type OnBadRow = (item: WriteChange, reason: string) => void;

/** Changes of one kind, written by one statement for each `ROWS_PER_STATEMENT` of them. */
interface Batch {
  readonly size: number;
  write(query: Query): Promise<readonly string[]>;
  /** Writes everything but the bad rows. */
  bisect(query: Query, onBadRow: OnBadRow): Promise<readonly string[]>;
}

function batch<Item extends WriteChange>(items: readonly Item[], statement: WriteStatement<Item>): Batch {
  return {
    size: items.length,
    write: (query) => statement(query, items),
    bisect: (query, onBadRow) => writeBisecting(query, items, statement, onBadRow),
  };
}

/** The values of 100,000 new rows in one statement would take 200 of the 512 MB that a function has. */
const ROWS_PER_STATEMENT = 25_000;

function inParts<Item extends WriteChange>(statement: WriteStatement<Item>): WriteStatement<Item> {
  return async (query, items) => {
    const agent_ids: string[][] = [];
    for (let start = 0; start < items.length; start += ROWS_PER_STATEMENT) {
      agent_ids.push(await statement(query, items.slice(start, start + ROWS_PER_STATEMENT)));
    }
    return agent_ids.flat();
  };
}

/** Links come first: an existing row takes its agent before a new row could. */
function batchesOf(writes: readonly WriteChange[]): readonly Batch[] {
  return [
    batch(changesOf(writes, 'link'), inParts(linkInterviewers)),
    batch(changesOf(writes, 'create'), createInterviewers),
    batch(changesOf(writes, 'update', 'restore'), inParts(updateInterviewers)),
    batch(changesOf(writes, 'orphan'), inParts(orphanInterviewers)),
    batch(changesOf(writes, 'verify'), inParts(verifyInterviewers)),
  ].filter(({ size }) => size > 0);
}

async function createInterviewers(query: Query, creates: readonly CreateChange[]): Promise<string[]> {
  await catchUpIdSequence(query);
  return await inParts(insertInterviewers)(query, creates);
}

interface Written {
  readonly agent_ids: ReadonlySet<string>;
  readonly errors: readonly ErrorChange[];
}

/**
 * Writes everything in one batch, for fewer statements. Only if Postgres refuses a row, writes batch by batch, to find
 * it.
 */
async function writeAll(query: Query, batches: readonly Batch[]): Promise<Written> {
  if (batches.length > 1) {
    const attempt = await tryToWrite(query, () => inTurn(batches, (one) => one.write(query)));
    if (attempt.ok) return { agent_ids: attempt.written, errors: [] };
  }
  const errors: ErrorChange[] = [];
  const onBadRow: OnBadRow = ({ agent_id, name }, reason) => errors.push({ action: 'error', agent_id, name, reason });
  return { agent_ids: await inTurn(batches, (one) => one.bisect(query, onBadRow)), errors };
}

async function inTurn(
  batches: readonly Batch[],
  write: (one: Batch) => Promise<readonly string[]>,
): Promise<ReadonlySet<string>> {
  const agent_ids = new Set<string>();
  for (const one of batches) for (const agent_id of await write(one)) agent_ids.add(agent_id);
  return agent_ids;
}

/** The writes whose observation is still the newest. */
async function currentWrites(query: Query, changes: readonly Change[]): Promise<readonly WriteChange[]> {
  const writes = changes.filter(isWrite);
  const observations: readonly Observation[] = writes.map(({ observation }) => observation);
  const overtaken = await lockObservations(query, observations);
  return writes.filter(({ agent_id }) => !overtaken.has(agent_id));
}

/** A name becomes the merge base once both sides have it: its row was written, or needed no write. */
function agreedMergeBases(
  mergeBases: readonly MergeBase[],
  changes: readonly Change[],
  written: ReadonlySet<Change>,
): readonly MergeBase[] {
  const planned = changesOf(changes, 'link', 'create', 'update', 'restore');
  const unwritten = new Set(planned.filter((change) => !written.has(change)).map(({ agent_id }) => agent_id));
  return mergeBases.filter(({ agent_id }) => !unwritten.has(agent_id));
}
