import { beforeEach } from '@jest/globals';
import { type TestResponse, type TestSystem, useSystem } from '../support/system.ts';

export const ID = 'agent_lisa';

export interface OneAgent {
  readonly system: TestSystem;
  /** The body of a sync's response. */
  readonly sync: (request?: object) => Promise<TestResponse['body']>;
  /** Renames the row, as the platform does. */
  readonly rename: (name: string) => Promise<unknown>;
}

/** A system with one published agent, in sync with its row. */
export function useOneAgent(): OneAgent {
  const system = useSystem({
    agents: [{ agent_id: ID, agent_name: 'Interview Lisa', voice_id: 'v1', published: true }],
    callTimeoutMs: 1_000,
  });
  const sync = async (request: object = {}) => (await system.call('POST /api/sync-retell-agents', request)).body;
  beforeEach(async () => {
    await sync();
    system.simulator.requests.clear();
  });
  return { system, sync, rename: (name) => system.database.query('update interviewer set name = $1', [name]) };
}
