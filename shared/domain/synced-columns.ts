/**
 * The columns of `interviewer` that Retell owns, and the field of an agent that each shows. Inserts, updates, comparisons,
 * observations and reports follow from this list; the grants from `voice_agent_sync.synced_column`, which migrations keep
 * equal to it. One more Retell field is a migration, an entry here, and a line of the parser.
 */
import type { Json } from '../api/fields.ts';
import type { FieldChange } from '../api/sync.ts';
import { canonicalJson } from './versions.ts';

/** Settings of an agent that have no columns of their own, as the API returns them. */
type RetellMetadata = { readonly [key: string]: Json };

export const SYNCED_COLUMNS = [
  { column: 'voice_id', field: 'voice_id', type: 'text', nullable: true },
  { column: 'agent_version', field: 'version', type: 'integer', nullable: false },
  { column: 'language', field: 'language', type: 'text', nullable: true },
  { column: 'retell_modified_at', field: 'last_modification_timestamp', type: 'timestamptz', nullable: false },
  { column: 'retell_metadata', field: 'metadata', type: 'jsonb', nullable: false },
] as const;

type SyncedColumn = (typeof SYNCED_COLUMNS)[number];

/** In an agent, times are milliseconds since 1970, as Retell gives them. */
interface AgentTypes {
  readonly text: string;
  readonly integer: number;
  readonly timestamptz: number;
  readonly jsonb: RetellMetadata;
}

interface RowTypes extends Omit<AgentTypes, 'timestamptz'> {
  readonly timestamptz: Date;
}

/** The fields of an agent that are synced. */
export type SyncedFields = {
  readonly [Entry in SyncedColumn as Entry['field']]:
    | AgentTypes[Entry['type']]
    | (Entry['nullable'] extends true ? null : never);
};

/** The columns of a row that are synced; null before the row is first synced. */
export type SyncedValues = {
  readonly [Entry in SyncedColumn as Entry['column']]: RowTypes[Entry['type']] | null;
};

/** What the synced columns of an agent's row must hold, as JSON. */
export function columnValues(agent: SyncedFields): Readonly<Record<string, Json>> {
  return Object.fromEntries(SYNCED_COLUMNS.map((entry) => [entry.column, agentValue(entry, agent)]));
}

/** The synced columns in which a row differs from its agent. */
export function columnChanges(row: SyncedValues, agent: SyncedFields): readonly FieldChange[] {
  return SYNCED_COLUMNS.flatMap((entry) => {
    const from = rowValue(entry, row);
    const to = agentValue(entry, agent);
    return entry.type === 'jsonb' ? objectChanges(entry.column, from, to) : fieldChange(entry.column, from, to);
  });
}

/** One change, or none. */
export function fieldChange(field: string, from: Json, to: Json): readonly FieldChange[] {
  return canonicalJson(from) === canonicalJson(to) ? [] : [{ field, from, to }];
}

/** The change as people read it: `name: "A" -> "B"`. */
export function describeChange({ field, from, to }: FieldChange): string {
  return `${field}: ${JSON.stringify(from)} -> ${JSON.stringify(to)}`;
}

/** One change for each setting that differs; the whole object if the row has none yet. */
function objectChanges(column: string, from: Json, to: Json): readonly FieldChange[] {
  if (!isJsonObject(from) || !isJsonObject(to)) return fieldChange(column, from, to);
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  return keys.flatMap((key) => fieldChange(`${column}.${key}`, settingOf(from, key), settingOf(to, key)));
}

/** Reads own properties only: a row may have a setting named `constructor`. */
function settingOf(settings: RetellMetadata, key: string): Json {
  return Object.hasOwn(settings, key) ? (settings[key] ?? null) : null;
}

function agentValue({ field, type }: SyncedColumn, agent: SyncedFields): Json {
  const value = agent[field];
  return type === 'timestamptz' && typeof value === 'number' ? new Date(value).toISOString() : value;
}

function rowValue({ column }: SyncedColumn, row: SyncedValues): Json {
  const value = row[column];
  return value instanceof Date ? value.toISOString() : value;
}

function isJsonObject(value: Json): value is RetellMetadata {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
