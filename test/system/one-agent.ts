import { type Answered, startSystem, type TestSystem } from '../support/system.ts';

export const ID = 'agent_lisa';

export interface OneAgent {
  readonly system: TestSystem;
  /** What a sync answers. */
  readonly sync: (request?: object) => Promise<Answered['body']>;
  /** In the platform. */
  readonly rename: (name: string) => Promise<unknown>;
}

/** A published agent, in step with its row. */
export async function oneAgent(): Promise<OneAgent> {
  const system = await startSystem({
    agents: [{ agent_id: ID, agent_name: 'Interview Lisa', voice_id: 'v1', published: true }],
    callTimeoutMs: 250,
  });
  const sync = async (request: object = {}) => (await system.call('POST /api/sync-retell-agents', request)).body;
  await sync();
  system.simulator.requests.clear();
  return { system, sync, rename: (name) => system.database.query('update interviewer set name = $1', [name]) };
}
