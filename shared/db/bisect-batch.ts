/** Keeps one row that the database refuses from failing all the others. */
import { sqlStateOf } from './database-error.ts';
import type { Query } from './pool.ts';

/**
 * About the data: data exceptions (22), constraint violations (23), a view's check (44), rows too large (54), and what a
 * trigger raises, be it PL/pgSQL's own (P0) or a code that the platform chose (45000, PT409).
 */
const ABOUT_DATA = /^(22|23|44|45|54|[I-W])/;

/** So many culprits are looked for one by one. More than that is not about rows, but about what all of them lack. */
const MAX_BAD_ROWS = 20;

/**
 * Runs `write` on all items inside the transaction of `query`. When the database refuses their data, it halves them until
 * only those that are refused are left out; each of these goes to `refused`, with the reason as people read it. After twenty of them, halves that are refused
 * are given up whole, so that a column which no row can fill does not cost statements for each row.
 */
export function writeBisecting<Item>(
  query: Query,
  items: readonly Item[],
  write: (query: Query, items: readonly Item[]) => Promise<string[]>,
  refused: (item: Item, reason: string) => void,
): Promise<string[]> {
  let badRows = 0;
  const refuse = (item: Item, error: unknown) => {
    badRows += 1;
    refused(item, `Postgres refused the row: ${error instanceof Error ? error.message : String(error)}`);
  };
  return bisect(query, items, write, refuse, () => badRows >= MAX_BAD_ROWS);
}

async function bisect<Item>(
  query: Query,
  items: readonly Item[],
  write: (query: Query, items: readonly Item[]) => Promise<string[]>,
  refused: (item: Item, error: unknown) => void,
  givesUp: () => boolean,
): Promise<string[]> {
  if (items.length === 0) return [];
  await query('savepoint batch');
  try {
    const written = await write(query, items);
    await query('release savepoint batch');
    return written;
  } catch (error) {
    if (!isAboutData(error)) throw error;
    await query('rollback to savepoint batch');
    if (items.length === 1 || givesUp()) {
      for (const item of items) refused(item, error);
      return [];
    }
  }
  const half = Math.ceil(items.length / 2);
  const left = await bisect(query, items.slice(0, half), write, refused, givesUp);
  const right = await bisect(query, items.slice(half), write, refused, givesUp);
  return [...left, ...right];
}

function isAboutData(error: unknown): boolean {
  return ABOUT_DATA.test(sqlStateOf(error) ?? '');
}
