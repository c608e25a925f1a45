/** Compares two versions of one agent. */

/** Fields that belong to the version, not to what the agent does. */
const BOOKKEEPING: ReadonlySet<string> = new Set([
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
    .filter((field) => !BOOKKEEPING.has(field) && canonical(one[field]) !== canonical(other[field]))
    .sort();
}

/** null and absent are the same to Retell; the order of keys says nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value ?? null, (_, nested: unknown) =>
    typeof nested === 'object' && nested !== null && !Array.isArray(nested)
      ? Object.fromEntries(Object.entries(nested).sort(([a], [b]) => (a < b ? -1 : 1)))
      : nested,
  );
}
