/**
 * Like Promise.all over `items`, with at most `concurrency` of them under way. After a failure nothing more is begun, and
 * it is thrown once what was under way has ended: nothing goes on behind the caller's back.
 */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  // The workers share one generator, so each takes the next item that nobody has, and the first failure ends it for all.
  const queue = numbered(items);
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  const workers = Array.from({ length: Math.min(concurrency, items.length) }, worker);
  for (const outcome of await Promise.allSettled(workers)) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
  return results;
}

/** Unlike an array's own iterator, a generator is over for everybody once one `for` loop over it is left. */
function* numbered<Item>(items: readonly Item[]): Generator<[number, Item]> {
  yield* items.entries();
}
