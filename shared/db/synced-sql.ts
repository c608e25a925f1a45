/**
 * The synced columns and the stored fields of an agent, as parts of SQL statements; all names and types are defined
 * here.
 */
import { SYNCED_COLUMNS } from '../domain/synced-columns.ts';

const columns = SYNCED_COLUMNS.map(({ column }) => column);

/** `voice_id, ...` */
export const SYNCED_NAMES = columns.join(', ');
/** `input.voice_id, ...` */
export const SYNCED_INPUT = columns.map((column) => `input.${column}`).join(', ');
/** `interviewer.voice_id, ...` */
export const SYNCED_OF_ROW = columns.map((column) => `interviewer.${column}`).join(', ');
/** `existing.voice_id, ...` */
export const SYNCED_EXISTING = columns.map((column) => `existing.${column}`).join(', ');
/** `voice_id = input.voice_id, ...` */
export const SYNCED_ASSIGNMENTS = columns.map((column) => `${column} = input.${column}`).join(', ');
/** `voice_id text, ...`, for `jsonb_to_recordset`. */
export const SYNCED_DEFINITIONS = SYNCED_COLUMNS.map(({ column, type }) => `${column} ${type}`).join(', ');

/** `interviewer.voice_id is not distinct from observed.voice_id`, ...: stricter than the planner's comparison, never laxer. */
export const IN_SYNC_COLUMNS: readonly string[] = SYNCED_COLUMNS.map(({ column, field, type }) => {
  const observed =
    type === 'timestamptz' ? `timestamptz 'epoch' + observed.${field} * interval '1 millisecond'` : `observed.${field}`;
  return `interviewer.${column} is not distinct from ${observed}`;
});

/** The fields of an agent that an observation stores; times are milliseconds, as Retell gives them. */
const fields: readonly (readonly [field: string, type: string])[] = [
  ['agent_name', 'text'],
  ['is_published', 'boolean'],
  ['webhook_url', 'text'],
  ['webhook_events', 'text[]'],
  ...SYNCED_COLUMNS.map(({ field, type }) => [field, type === 'timestamptz' ? 'bigint' : type] as const),
];

export const FIELD_NAMES = fields.map(([field]) => field).join(', ');
export const FIELD_DEFINITIONS = fields.map(([field, type]) => `${field} ${type}`).join(', ');
export const FIELD_ASSIGNMENTS = fields.map(([field]) => `${field} = excluded.${field}`).join(', ');
/** An agent that is gone has no metadata. */
export const FIELD_INPUT = fields
  .map(([field, type]) => (type === 'jsonb' ? `coalesce(${field}, '{}')` : field))
  .join(', ');
/** pg returns int8 as text; milliseconds fit a double exactly. */
export const FIELD_VALUES = fields
  .map(([field, type]) => (type === 'bigint' ? `${field}::float8 as ${field}` : field))
  .join(', ');
