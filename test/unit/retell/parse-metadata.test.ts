import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { parseMetadata } from '../../../shared/retell/parse-metadata.ts';
import { anyString } from '../../support/any-string.ts';

const WHOLE = {
  response_engine: { type: 'retell-llm', version: 3 },
  voice_model: 'eleven_v3',
  voice_speed: 1.2,
  voice_temperature: 0.8,
  voice_emotion: 'calm',
  volume: 1,
  responsiveness: 0.9,
  interruption_sensitivity: 0,
  fallback_voice_ids: ['openai-Alloy', 'deepgram-Angus'],
  assigned_tags: ['prod'],
  version_title: 'Spring',
  is_published: true,
};

test('the settings are kept as Retell returns them, and the webhook is separate', () => {
  const raw = {
    ...WHOLE,
    agent_id: 'agent_1',
    response_engine: { type: 'retell-llm', llm_id: 'llm_1', version: 3 },
    webhook_url: 'https://example.com/hook',
    webhook_events: ['call_ended', 'an_event_of_next_year'],
    post_call_analysis_model: 'gpt-9',
  };
  expect(parseMetadata(raw)).toStrictEqual({
    metadata: WHOLE,
    webhook_url: 'https://example.com/hook',
    webhook_events: ['call_ended', 'an_event_of_next_year'],
  });
});

test.each([{}, null, undefined, 'text', 7, [], { response_engine: {} }])(
  'nothing usable in %j is no metadata',
  (raw) => {
    expect(parseMetadata(raw)).toStrictEqual({ metadata: {}, webhook_url: null, webhook_events: null });
  },
);

test('an absent field stays absent, and null stays null', () => {
  const raw = { voice_model: null, fallback_voice_ids: null, webhook_url: null, webhook_events: null };
  expect(parseMetadata(raw)).toStrictEqual({
    metadata: { voice_model: null, fallback_voice_ids: null },
    webhook_url: null,
    webhook_events: null,
  });
});

test('values that are new to Retell are kept', () => {
  const raw = { response_engine: { type: 'telepathy' }, voice_model: 'eleven_v9', voice_emotion: 'bored', volume: 11 };
  expect(parseMetadata(raw).metadata).toStrictEqual(raw);
});

test.each<[string, object]>([
  ['the id of a Retell LLM', { type: 'retell-llm', llm_id: 'private' }],
  ['the id of a conversation flow', { type: 'conversation-flow', conversation_flow_id: 'private' }],
  ['the URL of a custom LLM', { type: 'custom-llm', llm_websocket_url: 'wss://private' }],
  ['a field that is not known yet', { type: 'telepathy', mind: { id: 'private' } }],
])('of an engine, %s is left out', (_, response_engine) => {
  expect(JSON.stringify(parseMetadata({ response_engine }).metadata)).not.toContain('private');
});

const TAGS = Array.from({ length: 101 }, (_, index) => `tag_${index}`);

describe('an unusable value', () => {
  test.each<[string, object, object]>([
    ['a text in place of a number', { voice_speed: '1' }, {}],
    ['a number in place of a text', { voice_model: 1 }, {}],
    ['a number beyond all bounds', JSON.parse('{"volume": 1e999}'), {}],
    ['an object in place of a list', { assigned_tags: { 0: 'prod' } }, {}],
    ['a text in place of a flag', { is_published: 'true' }, {}],
    ['an engine that is a text', { response_engine: 'retell-llm' }, {}],
    [
      'an engine whose version is a text',
      { response_engine: { type: 'a', version: '1' } },
      { response_engine: { type: 'a' } },
    ],
    [
      'entries that are not texts',
      { assigned_tags: ['a', 1, null, ['b'], { c: 1 }, 'd'] },
      { assigned_tags: ['a', 'd'] },
    ],
    ['a NUL', { version_title: 'a\0b' }, { version_title: 'ab' }],
    ['a lone surrogate', { version_title: 'a\uD83D' }, { version_title: 'a\uFFFD' }],
    ['a huge text', { version_title: 'a'.repeat(1_001) }, { version_title: `${'a'.repeat(1_000)}…` }],
    [
      'a cut through a character',
      { version_title: `${'a'.repeat(999)}🎧` },
      { version_title: `${'a'.repeat(999)}\uFFFD…` },
    ],
    ['a long list', { assigned_tags: TAGS }, { assigned_tags: TAGS.slice(0, 100) }],
    ['minus zero', { volume: -0 }, { volume: 0 }],
  ])('%s is made storable or left out', (_, raw, metadata) => {
    expect(parseMetadata(raw).metadata).toStrictEqual(metadata);
  });

  test('nested as deep as a parser allows is left out', () => {
    const deep: unknown = JSON.parse('[{"a":'.repeat(5_000) + '1' + '}]'.repeat(5_000));
    expect(parseMetadata({ assigned_tags: deep, response_engine: { type: deep }, webhook_events: deep })).toStrictEqual(
      {
        metadata: { assigned_tags: [] },
        webhook_url: null,
        webhook_events: [],
      },
    );
  });
});

const text = fc.oneof(anyString, fc.constantFrom('', 'a\0b', '\uD800', '🎧', 'x'.repeat(1_001), '__proto__'));
const anything = fc.oneof(
  text,
  fc.double(),
  fc.array(fc.oneof(text, fc.anything()), { maxLength: 150 }),
  fc.anything({ withNullPrototype: true, withBigInt: true, withSparseArray: true }),
);
const response = fc.record(
  Object.fromEntries(
    [...Object.keys(WHOLE), 'webhook_url', 'webhook_events', '__proto__', 'agent_id'].map((name) => [
      name,
      name === 'response_engine' ? fc.oneof(fc.record({ type: anything, version: anything }), anything) : anything,
    ]),
  ),
  { requiredKeys: [] },
);

test('whatever Retell sends, the result is small, storable JSON that does not change when parsed again', () => {
  const isSound = (raw: unknown): boolean => {
    const parsed = parseMetadata(raw);
    const json = JSON.stringify(parsed);
    expect(JSON.parse(json)).toStrictEqual(parsed);
    expect(json).not.toMatch(/\\u0000|\\ud[89a-f]/iu);
    expect(json.length).toBeLessThan(100 * 1_001 * 6 * 4);
    expect(Object.keys(parsed.metadata)).toEqual(Object.keys(WHOLE).filter((name) => name in parsed.metadata));
    const { metadata, ...webhook } = parsed;
    return JSON.stringify(parseMetadata({ ...metadata, ...webhook })) === json;
  };
  fc.assert(fc.property(fc.oneof(response, anything), isSound), { numRuns: 1_000 });
});
