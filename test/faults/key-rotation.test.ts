/** The API key is replaced before each request of a sync in turn. */
import { describe, expect, test } from '@jest/globals';
import { createRetell } from '../../shared/retell/client.ts';
import { createTransport } from '../../shared/retell/transport.ts';
import { provideServices } from '../../shared/services.ts';
import { eligibleAgent, interviewAgents, PLATFORM_COLUMNS, PLATFORM_VALUES } from '../support/agents.ts';
import { TEST_KEY } from '../support/simulator.ts';
import { type TestResponse, type TestSystem, useSystem } from '../support/system.ts';

const SYNC = 'POST /api/sync-retell-agents';
const NEW_KEY = 'key_that_came_after';
const TEMPLATE = 'agent_template';

/** What the sync finds: rows to create, one to orphan, an agent to rename and one to create. */
async function change({ simulator: { account }, database }: TestSystem): Promise<void> {
  for (const number of [4, 5]) account.addAgent(eligibleAgent(number));
  account.delete('agent_2');
  await database.query(`update interviewer set name = 'Interview renamed' where agent_id = 'agent_1'`);
  await database.query(
    `insert into interviewer (name, ${PLATFORM_COLUMNS}) values ('Interview made', ${PLATFORM_VALUES})`,
  );
}

const COUNTS = { created: 2, orphaned: 1, pushed: 2 };

const system = useSystem();
let requests: number;
let beforeRequest: () => void = () => {};

/** Returns a function that puts the new key into the secret. */
async function prepare(): Promise<() => void> {
  await system.restart({
    agents: [...interviewAgents(3), { agent_id: TEMPLATE, agent_name: 'Template', published: true }],
    env: { RETELL_TEMPLATE_AGENT_ID: TEMPLATE },
  });
  await system.call(SYNC);
  await change(system);
  let secret = TEST_KEY;
  let cached = secret;
  const send = createTransport();
  const retell = createRetell({
    apiKey: async () => cached,
    refreshApiKey: async () => void (cached = secret),
    baseUrl: system.simulator.url,
    concurrency: 1,
    agentVersion: 'latest',
    transport: (url, init) => {
      beforeRequest();
      return send(url, init);
    },
  });
  provideServices({ ...system.services(), retell });
  return () => void (secret = NEW_KEY);
}

/** `replace` is called before the request of this number. */
async function run(moment = 0, replace: () => void = () => {}): Promise<TestResponse> {
  requests = 0;
  beforeRequest = () => {
    requests += 1;
    if (requests === moment) replace();
  };
  const answer = await system.call(SYNC);
  beforeRequest = () => {};
  return answer;
}

/** Both sides, without ids and times. */
async function bothSides() {
  const agents = system.simulator.account.inOrder();
  const nameOf = (id: unknown) => agents.find(({ agent_id }) => agent_id === id)?.versions.at(-1)?.settings.agent_name;
  const rows = await system.rows();
  return {
    agents: agents.map(({ versions }) =>
      versions.map(({ version, is_published, settings }) => [version, is_published, settings.agent_name]),
    ),
    rows: rows.map((row) => [row['name'], nameOf(row['agent_id']), row['sync_status'], row['orphan_reason']]),
  };
}

const DONE = { status: 200, body: { errors: [], health_score: 100 } };

describe('a sync with the key replaced before any of its requests', () => {
  /** Runs the sync once undisturbed, then once for each of its requests. */
  async function atEveryMoment(strike: (moment: number, whole: number) => Promise<void>): Promise<void> {
    await prepare();
    expect(await run()).toMatchObject({ ...DONE, body: { ...DONE.body, counts: COUNTS } });
    const whole = requests;
    const expected = await bothSides();
    for (let moment = 1; moment <= whole; moment += 1) {
      await strike(moment, whole);
      expect({ moment, ...(await bothSides()) }).toEqual({ moment, ...expected });
    }
  }

  test('[O2] succeeds with the new key when the secret has it', () =>
    atEveryMoment(async (moment, whole) => {
      const renew = await prepare();
      const answer = await run(moment, () => {
        system.simulator.replaceKey(NEW_KEY);
        renew();
      });
      expect({ moment, ...answer }).toMatchObject({ moment, ...DONE });
      expect(requests).toBe(whole + 1);
    }));

  test('[O2] reports the refused key and orphans no agent that it could not read while the secret has the old one, and the next sync does the rest', () =>
    atEveryMoment(async (moment) => {
      const renew = await prepare();
      const { status, body } = await run(moment, () => system.simulator.replaceKey(NEW_KEY));
      // A failed read fails the sync; a failed change in Retell is an error entry.
      const refused = status === 502 ? [body.error] : body.errors.map(({ reason }: { reason: string }) => reason);
      expect({ moment, refused }).toEqual({ moment, refused: [expect.stringContaining('refuses the API key')] });
      const orphans = (await system.rows()).filter(({ sync_status }) => sync_status !== 'active');
      expect(orphans.map(({ agent_id }) => agent_id)).toEqual(status === 502 ? [] : ['agent_2']);
      renew();
      expect({ moment, ...(await run()) }).toMatchObject({ moment, ...DONE });
    }));
});
