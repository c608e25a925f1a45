import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { applyPlan } from '../../../shared/db/apply-plan.ts';
import { saveObservations } from '../../../shared/db/observations.ts';
import { createDatabase, type Database } from '../../../shared/db/pool.ts';
import type { CreateChange } from '../../../shared/domain/change.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { agentOf, observationOf, POLICY } from '../domain/builders.ts';

let outside: TestDatabase;
let database: Database;
beforeAll(async () => {
  outside = await createTestDatabase();
  const connectionString = async () => outside.url;
  database = createDatabase({ connectionString, maxConnections: 1, applicationName: 'apply-plan' });
});
afterAll(async () => {
  await database.close();
  await outside.drop();
});

function createOf(index: number): CreateChange {
  const agent_id = `agent_${index}`;
  const name = `Interview agent ${index}`;
  const agent = agentOf({ agent_id, agent_name: name });
  return { action: 'create', agent_id, name, reason: '', observation: { ...observationOf(agent), agent } };
}

test('more rows than fit into the memory of a function at once are written in several statements', async () => {
  const changes = Array.from({ length: 25_001 }, (_, index) => createOf(index));
  const observations = changes.map(({ observation }) => observation);
  await saveObservations(database.query, observations, { rules: POLICY.rules });
  const texts: string[] = [];
  const applied = await database.transaction((query) =>
    applyPlan((text, values) => (texts.push(text), query(text, values)), { changes, mergeBases: [] }),
  );
  expect(applied.length).toBe(changes.length);
  expect(texts.filter((text) => text.startsWith('insert into {interviewer}')).length).toBe(2);
  expect(texts.filter((text) => text.includes('nextval')).length).toBe(1);
  expect(await outside.query('select count(*)::integer from interviewer')).toEqual([{ count: changes.length }]);
});
