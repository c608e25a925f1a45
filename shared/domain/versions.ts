/** Compares two versions of one agent. */
import { cutBelow } from './nesting.ts';

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
  const byKey = (entries: readonly (readonly [string, unknown])[]) =>
    entries.toSorted(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify(cutBelow(value ?? null, MAX_DEPTH, byKey));
}
