/** The row of a statement that always returns exactly one. */
export function firstRow<Row>(rows: readonly Row[]): Row {
  const row = rows[0];
  if (row === undefined) throw new Error('The statement returned no row');
  return row;
}

/** A timestamptz as the API writes times: ISO 8601 in UTC, with milliseconds. */
export function isoTime(column: string, name = column): string {
  return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as ${name}`;
}

/**
 * The latest time that this database's clock can have given: the service did not store a later time, which counts as
 * absent. The minute allows for a standby whose clock is behind.
 */
export const LATEST_TIME = "clock_timestamp() + interval '1 minute'";

/** The agents of the rows that a statement wrote. */
export function agentIds(rows: readonly { readonly agent_id: string }[]): string[] {
  return rows.map(({ agent_id }) => agent_id);
}
