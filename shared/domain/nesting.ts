/** JSON values that are nested so deep that a walk over them would overflow the stack. */

type Entry = readonly [key: string, value: unknown];

/** The value, with null for what is nested deeper than `depth`. `arrange` may reorder the entries of each object. */
export function cutBelow(
  value: unknown,
  depth: number,
  arrange: (entries: readonly Entry[]) => readonly Entry[] = (entries) => entries,
): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return null;
  if (Array.isArray(value)) return value.map((nested) => cutBelow(nested, depth - 1, arrange));
  const entries = arrange(Object.entries(value));
  return Object.fromEntries(entries.map(([key, nested]) => [key, cutBelow(nested, depth - 1, arrange)]));
}
