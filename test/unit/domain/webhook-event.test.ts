import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { parseWebhookEvent } from '../../../shared/domain/webhook-event.ts';
import { RUNS } from './arbitraries.ts';

/** The event, or the reason why the payload is refused. */
function parse(payload: unknown) {
  const parsed = parseWebhookEvent(payload);
  return parsed.ok ? parsed.value : parsed.reason;
}

describe('an event of an agent', () => {
  const agent_id = 'agent_1';

  test.each([
    { type: 'agent.created', data: { agent_id } },
    { type: 'agent.updated', data: { agent_id, agent_name: 'x' } },
    { type: 'agent.deleted', agent: { agent_id } },
    { event: 'agent_created', agent: { agent_id } },
    { event: 'agent_updated', data: { agent_id } },
    { event: 'agent_deleted', agent: { agent_id }, data: { agent_id: 'agent_2' } },
  ])('is parsed: %j', (payload) => {
    const event = 'type' in payload ? payload.type : payload.event;
    expect(parse(payload)).toEqual({ kind: 'agent', event, agent_id });
  });

  test.each([{}, { data: null }, { data: 'agent_1' }, { data: { agent_id: '../x' } }, { data: { agent_id: '' } }])(
    'is refused if it has no usable agent: %j',
    (rest) => {
      expect(parse({ type: 'agent.updated', ...rest })).toBe(
        'agent.updated names no usable agent: "agent_id" must be a letter or digit, then letters, digits, _ or -',
      );
    },
  );

  test('has an agent id of at most 255 characters that starts with a letter or digit', () => {
    const kindOf = (id: string) => typeof parse({ type: 'agent.updated', data: { agent_id: id } });
    expect(['a'.repeat(255), '9', 'A-_'].map(kindOf)).toEqual(['object', 'object', 'object']);
    expect(['a'.repeat(256), '-a', '_a', 'a b', 'a\n'].map(kindOf)).toEqual(Array(5).fill('string'));
  });
});

test('the name of an event is cut after 100 characters', () => {
  const named = (event: string) => parse({ event });
  expect(named('x'.repeat(100))).toEqual({ kind: 'other', event: 'x'.repeat(100) });
  expect(named('x'.repeat(101))).toEqual({ kind: 'other', event: `${'x'.repeat(100)}…` });
});

describe('an event of a conversation', () => {
  const call = { agent_id: 'agent_1', agent_version: 3 };

  test.each([
    ['call_ended', { call }],
    ['call_started', { data: call }],
    ['transfer_started', { call }],
    ['transcript_updated', { call }],
    ['chat_ended', { chat: call }],
    ['chat_started', { data: call }],
  ])('%s is parsed with its agent and version', (event, rest) => {
    const parsed = { kind: 'conversation', event, agent_id: 'agent_1', version: 3 };
    expect(parse({ event, ...rest })).toEqual(parsed);
  });

  test.each([undefined, null, '3', 1.5, -1, 2 ** 31])('has no version if it is %p', (agent_version) => {
    expect(parse({ event: 'call_ended', call: { agent_id: 'a', agent_version } })).toMatchObject({
      kind: 'conversation',
      version: null,
    });
  });

  test.each([0, 2 ** 31 - 1])('has the version %i', (agent_version) => {
    expect(parse({ event: 'call_ended', call: { agent_id: 'a', agent_version } })).toMatchObject({
      version: agent_version,
    });
  });

  test.each([
    {},
    { call: null },
    { call: {} },
    { call: { agent_id: null } },
    { call: [] },
    { chat: { agent_id: 'a' } },
  ])('without an agent is ignored: %j', (rest) => {
    expect(parse({ event: 'call_ended', ...rest })).toEqual({ kind: 'other', event: 'call_ended' });
  });

  test('takes the version of a chat from `version`, of a call only from `agent_version`', () => {
    const versionOf = (event: string, subject: object) => parse({ event, data: { agent_id: 'a', ...subject } });
    expect(versionOf('chat_ended', { version: 4 })).toMatchObject({ version: 4 });
    expect(versionOf('chat_ended', { agent_version: 5, version: 4 })).toMatchObject({ version: 5 });
    expect(versionOf('call_ended', { version: 4 })).toMatchObject({ version: null });
  });

  test('with an unusable agent id is refused', () => {
    const answer =
      'chat_ended names no usable agent: "agent_id" must be a letter or digit, then letters, digits, _ or -';
    expect(parse({ event: 'chat_ended', chat: { agent_id: 7 } })).toBe(answer);
  });
});

test.each(['agent.renamed', 'xagent.updated', 'agent.updatedx', 'phone_call_ended', 'mychat_ended', 'agent-updated'])(
  'the unknown event %s is ignored',
  (event) => {
    expect(parse({ event, data: { agent_id: 'agent_1' } })).toEqual({ kind: 'other', event });
  },
);

test('`type` takes precedence over `event`, and a body without either, or that is not an object, is refused', () => {
  expect(parse({ type: 'a', event: 'b' })).toEqual({ kind: 'other', event: 'a' });
  const nameless = 'The body names no event: it has neither "type" nor "event"';
  expect([{}, { type: 1 }, { event: null }].map(parse)).toEqual([nameless, nameless, nameless]);
  const noObject = 'The body is not a JSON object';
  expect([null, [], 'x', 1, true].map(parse)).toEqual(Array(5).fill(noObject));
});

test('any payload gives an event with a usable agent id, or a reason', () => {
  const name = fc.constantFrom(
    'agent.updated',
    'agent_deleted',
    'call_ended',
    'chat_ended',
    'transfer_started',
    'other',
  );
  const subject = fc.oneof(
    fc.anything(),
    fc.record({ agent_id: fc.oneof(fc.string(), fc.anything()), agent_version: fc.anything() }, { requiredKeys: [] }),
  );
  const payload = fc.oneof(
    fc.anything(),
    fc.record(
      { type: name, event: fc.oneof(name, fc.anything()), data: subject, agent: subject, call: subject, chat: subject },
      { requiredKeys: [] },
    ),
  );
  fc.assert(
    fc.property(payload, (given) => {
      const event = parse(given);
      const usable =
        typeof event === 'string' || event.kind === 'other' || /^[a-z\d][\w-]{0,254}$/i.test(event.agent_id);
      expect(usable && event !== '').toBe(true);
    }),
    { numRuns: 4 * RUNS },
  );
});
