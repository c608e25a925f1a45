/** Compares two versions of one agent. */

/** Fields that belong to the version, not to how the agent behaves. */
const VERSION_FIELDS: ReadonlySet<string> = new Set([
  'version',
  'base_version',
  'is_published',
  'last_modification_timestamp',
  'version_title',
  'version_description',
  'assigned_tags',
]);

/** The names of the fields in which two versions differ, in alphabetical order. */
export function differingFields(
  one: Readonly<Record<string, unknown>>,
  other: Readonly<Record<string, unknown>>,
): readonly string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])]
    .filter((field) => !VERSION_FIELDS.has(field) && canonicalJson(one[field]) !== canonicalJson(other[field]))
    .sort();
}

/** Settings that people write are not nested more deeply; more deeply nested values must not overflow the stack. */
const MAX_DEPTH = 64;

/**
 * Equal text for equal values: keys are sorted, and null and absent are the same, as they are to Retell. Values nested
 * more than 64 levels deep count as null.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value, MAX_DEPTH));
}

function sorted(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value ?? null;
  if (depth === 0) return null;
  if (Array.isArray(value)) return value.map((nested) => sorted(nested, depth - 1));
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, nested]) => [key, sorted(nested, depth - 1)]));
}
