import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FaultResponse } from '../../support/faults.ts';
import type { Simulator } from '../../support/simulator.ts';
import { deserted, refusal, reply, testRetell, testSimulator } from '../../support/simulator.ts';
import { noSuchHost } from './no-such-host.ts';

const ID = 'agent_1';
let simulator: Simulator;
beforeEach(async () => {
  simulator = await testSimulator([
    { agent_id: ID, agent_name: 'Lisa', voice_id: 'v1', modified_at: 1_700_000_000_000 },
  ]);
});
afterEach(() => simulator.close());

const answerWith = (respond: FaultResponse, times?: number): void => {
  simulator.fault({ match: { path: /^\/get-agent/u }, respond, ...(times === undefined ? {} : { times }) });
};
const WHOLE = {
  agent_id: ID,
  agent_name: 'Lisa',
  voice_id: 'v1',
  version: 3,
  is_published: true,
  language: 'en-US',
  last_modification_timestamp: 1_700_000_000_000,
  response_engine: { type: 'retell-llm', llm_id: 'x' },
};

test('an agent is read', async () => {
  await expect(testRetell(simulator).session({}).readAgent(ID)).resolves.toEqual({
    kind: 'agent',
    agent: {
      agent_id: ID,
      agent_name: 'Lisa',
      voice_id: 'v1',
      version: 0,
      is_published: false,
      language: 'en-US',
      last_modification_timestamp: 1_700_000_000_000,
    },
  });
});

test.each(['a/b', 'a?version=9', 'a#b', 'a%2fb', 'ä 🎧', '...', 'a..b/..'])(
  'an agent with the id %j is read',
  async (id) => {
    simulator.account.addAgent({ agent_id: id });
    await expect(testRetell(simulator).session({}).readAgent(id)).resolves.toMatchObject({ agent: { agent_id: id } });
  },
);

test.each(['.', '..', '', '\uD83D'])('the id %j is a problem and no request', async (id) => {
  const session = testRetell(simulator).session({});
  await expect(session.readAgent(id)).resolves.toMatchObject({ kind: 'problem' });
  expect(session.calls()).toBe(0);
});

describe('versions', () => {
  beforeEach(() => {
    simulator.account.publish(ID);
    simulator.account.edit(ID, { agent_name: 'Draft' });
    simulator.account.tag(ID, 'prod', 0);
  });
  test.each([
    ['latest', 'Draft'],
    ['latest_published', 'Lisa'],
    ['prod', 'Lisa'],
    ['unassigned', 'Draft'],
    ['0', 'Lisa'],
  ])('%s', async (agentVersion, agent_name) => {
    const answer = await testRetell(simulator, { agentVersion }).session({}).readAgent(ID);
    expect(answer).toMatchObject({ kind: 'agent', agent: { agent_name } });
  });
  test.each([
    refusal(422, 'Cannot find requested asset under given api key.'),
    refusal(404, 'Item x not found from agent'),
    refusal(400, 'Nothing is published'),
  ])('latest_published of an agent that was never published is its latest, in whatever words', async (respond) => {
    simulator.fault({ match: { agent_id: ID }, respond, times: 1 });
    const session = testRetell(simulator, { agentVersion: 'latest_published' }).session({});
    await expect(session.readAgent(ID)).resolves.toMatchObject({ kind: 'agent', agent: { agent_name: 'Draft' } });
    await expect(session.readAgent('agent_2')).resolves.toMatchObject({ kind: 'gone' });
  });
  test('one that is not there is a problem, though Retell says not found; its agent is not gone', async () => {
    const session = testRetell(simulator, { agentVersion: '7' }).session({});
    await expect(session.readAgent(ID)).resolves.toMatchObject({ kind: 'problem' });
    await expect(session.readAgent('agent_2')).resolves.toMatchObject({ kind: 'gone' });
  });
});

describe('what an answer means', () => {
  test.each<[string, FaultResponse, object]>([
    ['404 in JSON', refusal(404, 'Item x not found from agent'), { kind: 'gone' }],
    ['404 in HTML', reply(404, '<html>404</html>'), { kind: 'problem' }],
    ['404 without body', reply(404, undefined), { kind: 'problem' }],
    ['404 of a gateway', reply(404, { message: 'Not Found' }), { kind: 'problem' }],
    [
      '422 for an unknown id, as documented',
      refusal(422, 'Cannot find requested asset under given api key.'),
      { kind: 'gone' },
    ],
    ['422 for an unknown id', refusal(422, 'Item agent_1 not found from agent'), { kind: 'gone' }],
    ['404 for another route', refusal(404, 'Cannot GET /get-agent/agent_1'), { kind: 'problem' }],
    ['404 for another version', refusal(404, 'Agent version not found'), { kind: 'problem' }],
    ['422 for another version', refusal(422, 'Agent version not found'), { kind: 'problem' }],
    ['422 for something else', refusal(422, 'Item llm_1 not found from llm'), { kind: 'problem' }],
    ['another 422', refusal(422, 'version must be a number'), { kind: 'problem' }],
    ['400', refusal(400, 'Agent not found'), { kind: 'problem' }],
    ['409', reply(409, {}), { kind: 'problem' }],
    ['500', refusal(500, 'Agent not found'), { kind: 'problem' }],
    ['429', reply(429, {}), { kind: 'problem' }],
    ['HTML', reply(200, '<html>'), { kind: 'problem' }],
    ['null', reply(200, null), { kind: 'problem' }],
    ['another agent', reply(200, { ...WHOLE, agent_id: 'agent_2' }), { kind: 'problem' }],
    ['no voice_id', reply(200, { ...WHOLE, voice_id: undefined }), { kind: 'problem' }],
    ['no version', reply(200, { ...WHOLE, version: undefined }), { kind: 'problem' }],
    ['no response_engine', reply(200, { ...WHOLE, response_engine: undefined }), { kind: 'problem' }],
    ['no timestamp', reply(200, { ...WHOLE, last_modification_timestamp: null }), { kind: 'problem' }],
    ['a blank voice', reply(200, { ...WHOLE, voice_id: ' ' }), { agent: { voice_id: null } }],
    ['[R21] a null voice', reply(200, { ...WHOLE, voice_id: null }), { agent: { voice_id: null } }],
    ['a null name', reply(200, { ...WHOLE, agent_name: null }), { agent: { agent_name: null } }],
    ['languages', reply(200, { ...WHOLE, language: ['en-US', 'de-DE'] }), { agent: { language: 'en-US, de-DE' } }],
    ['no language', reply(200, { ...WHOLE, language: undefined }), { agent: { language: null } }],
    ['[R21] an unknown language', reply(200, { ...WHOLE, language: 'tlh' }), { agent: { language: 'tlh' } }],
    ['no is_published', reply(200, { ...WHOLE, is_published: undefined }), { agent: { is_published: false } }],
  ])('%s', async (_, respond, expected) => {
    answerWith(respond);
    const answer = await testRetell(simulator, { retries: 1 }).session({}).readAgent(ID);
    expect(answer).toMatchObject(expected);
  });

  test.each<[string, FaultResponse]>([
    ['500', reply(500, {})],
    ['429', reply(429, {})],
    ['408', reply(408, {})],
    ['a reset', { kind: 'destroy' }],
    ['a truncated body', { kind: 'truncate' }],
    ['a stalled body', { kind: 'hang_in_body' }],
    ['silence', { kind: 'hang' }],
    ['HTML', reply(200, '<html>')],
    ['broken JSON', { kind: 'answer', status: 200, body: '{', headers: { 'content-type': 'application/json' } }],
  ])('[R9] [R10] [R12] after %s twice it is asked again', async (_, respond) => {
    answerWith(respond, 2);
    const session = testRetell(simulator, { callTimeoutMs: 100 }).session({});
    await expect(session.readAgent(ID)).resolves.toMatchObject({ kind: 'agent' });
    expect(session.calls()).toBe(3);
  });

  test.each<[string, () => Promise<Pick<Simulator, 'url'>>, string]>([
    ['[R10] nobody listens', deserted, 'ECONNREFUSED'],
    ['[R10] no such host', noSuchHost, 'ENOTFOUND'],
  ])('%s: tried five times, then a problem that says so', async (_, place, code) => {
    const session = testRetell(await place(), { callTimeoutMs: 5_000 }).session({});
    const problem = { kind: 'problem', reason: expect.stringContaining(code) };
    await expect(session.readAgent(ID)).resolves.toMatchObject(problem);
    expect(session.calls()).toBe(5);
  });
});

describe('the key', () => {
  test('is refused: the session is over', async () => {
    const retell = testRetell(simulator, { apiKey: () => Promise.resolve('wrong') });
    const refusal = { status: 502, code: 'retell_unauthorized', hint: expect.stringContaining('RETELL_API_KEY') };
    await expect(retell.session({}).readAgent(ID)).rejects.toMatchObject(refusal);
    await expect(retell.session({}).checkKey()).rejects.toMatchObject(refusal);
  });

  test('was replaced: it is fetched again, once for all', async () => {
    let key = 'old';
    let refreshed = 0;
    const retell = testRetell(simulator, {
      apiKey: () => Promise.resolve(key),
      refreshApiKey: () => {
        refreshed += 1;
        key = 'key_0123456789abcdef';
        return Promise.resolve();
      },
    });
    const session = retell.session({});
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => session.readAgent(ID)));
    expect(answers.every((answer) => answer.kind === 'agent')).toBe(true);
    expect(refreshed).toBe(1);
  });

  test('is still refused after that', async () => {
    const retell = testRetell(simulator, {
      apiKey: () => Promise.resolve('wrong'),
      refreshApiKey: () => Promise.resolve(),
    });
    const session = retell.session({});
    await expect(session.readAgent(ID)).rejects.toMatchObject({ code: 'retell_unauthorized' });
    expect(session.calls()).toBe(2);
  });
});
