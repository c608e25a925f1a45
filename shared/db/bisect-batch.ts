/** Writes a batch of rows. Bad rows are isolated by bisecting the batch, so that no row fails because of another. */
import { sqlStateOf } from './database-error.ts';
import type { Query } from './pool.ts';

/**
 * SQLSTATEs about the data: data exceptions (22), constraint violations (23), a view's check (44), rows too large (54),
 * and what a trigger raises: PL/pgSQL's own codes (P0), or codes that the platform chose (45000, PT409).
 */
const ABOUT_DATA = /^(22|23|44|45|54|[I-W])/;

/** Isolate at most this many bad rows; more means a systemic cause, such as a new NOT NULL column. */
const MAX_BAD_ROWS = 20;

type Attempt<Written> =
  | { readonly ok: true; readonly written: Written }
  | { readonly ok: false; readonly reason: string };

/**
 * Runs `write` on all items inside the transaction of `query`, and returns its results for the written items. Each bad
 * row goes to `onBadRow`, with a reason for people. After twenty bad rows, a refused batch is given up whole, so that a
 * column which no row can fill does not cost statements for each row.
 */
export async function writeBisecting<Item>(
  query: Query,
  items: readonly Item[],
  write: (query: Query, items: readonly Item[]) => Promise<string[]>,
  onBadRow: (item: Item, reason: string) => void,
): Promise<string[]> {
  let badRows = 0;

  async function bisect(batch: readonly Item[]): Promise<string[]> {
    if (batch.length === 0) return [];
    const attempt = await tryToWrite(query, () => write(query, batch));
    if (attempt.ok) return attempt.written;
    if (batch.length === 1 || badRows >= MAX_BAD_ROWS) {
      badRows += batch.length;
      for (const item of batch) onBadRow(item, attempt.reason);
      return [];
    }
    const half = Math.ceil(batch.length / 2);
    const left = await bisect(batch.slice(0, half));
    const right = await bisect(batch.slice(half));
    return [...left, ...right];
  }

  return await bisect(items);
}

/** Not ok: Postgres refuses the data, and nothing of the batch is written. */
export async function tryToWrite<Written>(query: Query, write: () => Promise<Written>): Promise<Attempt<Written>> {
  await query('savepoint batch');
  try {
    const written = await write();
    await query('release savepoint batch');
    return { ok: true, written };
  } catch (error) {
    if (!ABOUT_DATA.test(sqlStateOf(error) ?? '')) throw error;
    await query('rollback to savepoint batch');
    return { ok: false, reason: `Postgres refused the row: ${error instanceof Error ? error.message : String(error)}` };
  }
}
