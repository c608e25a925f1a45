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

/** Equal for equal values: keys are sorted, and null and absent are the same, as they are to Retell. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  return JSON.stringify(value, (_, nested: unknown) =>
    typeof nested === 'object' && nested !== null && !Array.isArray(nested)
      ? Object.fromEntries(Object.entries(nested).sort(([a], [b]) => (a < b ? -1 : 1)))
      : nested,
  );
}
