/** Delays the response to a wrong token: the more wrong tokens from an address, the longer. */

const FIRST_MS = 100;
const LONGEST_MS = 10_000;
/** After this time without a wrong token, an address starts over. */
const FORGOTTEN_MS = 600_000;
const MOST_ADDRESSES = 1_000;

/** Returns the milliseconds to wait before a wrong token from this address is refused. */
export function wrongTokenDelay(now: () => number = Date.now): (address: string) => number {
  const counts = new Map<string, { readonly count: number; readonly at: number }>();
  return (address) => {
    const last = counts.get(address);
    const count = last === undefined || now() - last.at > FORGOTTEN_MS ? 0 : last.count;
    // Reinserted, so that the first entry is the least recently used.
    counts.delete(address);
    counts.set(address, { count: count + 1, at: now() });
    const [oldest] = counts.keys();
    if (counts.size > MOST_ADDRESSES && oldest !== undefined) counts.delete(oldest);
    return Math.min(FIRST_MS * 2 ** count, LONGEST_MS);
  };
}
