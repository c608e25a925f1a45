/** Keeps one row that the database refuses from failing all the others. */
import { sqlStateOf } from './database-error.ts';
import type { Query } from './pool.ts';

/** Data exceptions (22), constraint violations (23), rows too large (54), what a trigger raises (P0001): about the data. */
const ABOUT_DATA = /^(22|23|54)|^P0001$/;

/**
 * Runs `write` on all items inside the transaction of `query`. When the database refuses their data, it halves them until
 * only those that are refused are left out; each of these goes to `refused`.
 */
export async function writeQuarantined<Item>(
  query: Query,
  items: readonly Item[],
  write: (query: Query, items: readonly Item[]) => Promise<string[]>,
  refused: (item: Item, error: unknown) => void,
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
    const [only] = items;
    if (items.length === 1 && only !== undefined) {
      refused(only, error);
      return [];
    }
  }
  const half = Math.ceil(items.length / 2);
  const left = await writeQuarantined(query, items.slice(0, half), write, refused);
  const right = await writeQuarantined(query, items.slice(half), write, refused);
  return [...left, ...right];
}

function isAboutData(error: unknown): boolean {
  return ABOUT_DATA.test(sqlStateOf(error) ?? '');
}
