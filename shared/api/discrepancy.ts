/** A difference between both sides, as an audit and the list of agents return it. */
import * as v from 'valibot';
import { type Data, Timestamp } from './fields.ts';

export const DiscrepancyStatus = v.picklist([
  'missing_in_db',
  'missing_in_retell',
  'voice_mismatch',
  'name_mismatch',
  'orphaned',
]);
export type DiscrepancyStatus = Data<typeof DiscrepancyStatus>;

/** A field in which an interviewer and its agent differ. */
export const Difference = v.object({
  field: v.pipe(v.picklist(['name', 'voice_id']), v.description('The column of the interviewer table.')),
  database: v.pipe(v.nullable(v.string()), v.description('The value in the database; null if the column is empty.')),
  retell: v.pipe(v.nullable(v.string()), v.description('The value in Retell; null if it is not set.')),
  newer: v.pipe(
    v.nullable(v.picklist(['database', 'retell'])),
    v.description('The side that has changed since both agreed; null: both have.'),
  ),
});
export type Difference = Data<typeof Difference>;

export const Discrepancy = v.object({
  agent_id: v.pipe(v.string(), v.description("The agent's id in Retell.")),
  name: v.pipe(v.string(), v.description("The interviewer's name, otherwise the agent's, otherwise its id.")),
  voice_id: v.pipe(v.exactOptional(v.string()), v.description("The agent's or the interviewer's voice.")),
  status: v.pipe(DiscrepancyStatus, v.description('The kind of discrepancy.')),
  details: v.pipe(v.string(), v.description('What differs, with both values.')),
  differences: v.pipe(
    v.exactOptional(v.array(Difference)),
    v.description('Each field that differs, with both values; absent if one side is missing.'),
  ),
  last_synced: v.pipe(v.exactOptional(Timestamp), v.description('When the interviewer was last synced.')),
  points: v.pipe(v.number(), v.minValue(0), v.description('Points of the health score that it costs.')),
});
export type Discrepancy = Data<typeof Discrepancy>;
