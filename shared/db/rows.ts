/** The row of a statement that always returns one. */
export function firstRow<Row>(rows: readonly Row[]): Row {
  const row = rows[0];
  if (row === undefined) throw new Error('The statement returned no row');
  return row;
}

/** The agents of the rows that a statement wrote. */
export function agentIds(rows: readonly { readonly agent_id: string }[]): string[] {
  return rows.map(({ agent_id }) => agent_id);
}
