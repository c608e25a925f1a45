import type { TestDatabase } from './postgres.ts';

/** Resolves once a statement in the database waits for a lock. */
export async function waitForBlockedStatement(query: TestDatabase['query']): Promise<void> {
  const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  while ((await query(waiting)).length === 0);
}
