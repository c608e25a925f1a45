import type { QueryResultRow } from 'pg';
import type { Database, Query } from '../../shared/db/pool.ts';
import { provideServices } from '../../shared/services.ts';
import type { TestSystem } from './system.ts';

/** Executes every single statement twice, as after a lost response. */
export function sendTwice(system: TestSystem): void {
  const services = system.services();
  const query: Query = async <Row extends QueryResultRow>(text: string, values?: readonly unknown[]) => {
    await services.database.query<Row>(text, values);
    return services.database.query<Row>(text, values);
  };
  const database: Database = { ...services.database, query, within: () => database };
  provideServices({ ...services, database });
}
