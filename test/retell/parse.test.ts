import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseAgent, parseAgentVersion, parseListedAgent, parseListingPage } from '../../shared/retell/parse.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', ' ', 'a\0b', '\uD800', '.', '..', 'a'.repeat(256)),
);
const stamp = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(1_767_225_600_000, '1767225600000', null));
const anything = fc.anything({ withNullPrototype: true, withBigInt: true, withSparseArray: true });
const mostly = (right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 6, arbitrary: right }, anything);

const item = fc.record(
  {
    agent_id: mostly(text),
    agent_name: mostly(text),
    channel: mostly(fc.constantFrom('voice', 'chat')),
    user_modified_timestamp: mostly(stamp),
  },
  { requiredKeys: [] },
);
const detail = fc.record(
  {
    agent_id: mostly(fc.constant('agent_1')),
    agent_name: mostly(text),
    voice_id: mostly(text),
    version: mostly(fc.nat()),
    is_published: mostly(fc.boolean()),
    language: mostly(fc.oneof(text, fc.array(text))),
    last_modification_timestamp: mostly(stamp),
    response_engine: mostly(fc.constant({ type: 'retell-llm' })),
  },
  { requiredKeys: [] },
);

/** What may go into Postgres. */
function expectStorable(value: string | null): void {
  if (value === null) return;
  expect(value.isWellFormed()).toBe(true);
  expect(value).not.toContain('\0');
  expect(value.trim()).not.toBe('');
}

function expectTimestamp(value: number): void {
  expect(Number.isSafeInteger(value)).toBe(true);
  expect(Number.isNaN(new Date(value).getTime())).toBe(false);
}

describe('whatever Retell sends', () => {
  test('an item is an agent or a problem', () => {
    fc.assert(
      fc.property(fc.oneof(item, anything), (value) => {
        const parsed = parseListedAgent(value);
        expectStorable('reason' in parsed ? parsed.name : parsed.agent_name);
        if (parsed.agent_id !== null) expect(parsed.agent_id).toMatch(/^\P{Cc}{1,255}$/u);
        if ('reason' in parsed) return expect(parsed.reason).not.toBe('');
        expectTimestamp(parsed.user_modified_timestamp);
        expect(['voice', 'chat']).toContain(parsed.channel);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a page has items and a next key, or is refused', () => {
    const page = fc.record(
      { items: mostly(fc.array(item)), has_more: mostly(fc.boolean()), pagination_key: mostly(text) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(page, anything), (value) => {
        const parsed = parseListingPage(value);
        if (!parsed.ok) return expect(parsed.reason).not.toBe('');
        expect(Array.isArray(parsed.value.items)).toBe(true);
        expect(parsed.value.next_key).not.toBe('');
      }),
    );
  });

  test('a detail is an agent or a reason', () => {
    fc.assert(
      fc.property(fc.oneof(detail, anything), (value) => {
        const parsed = parseAgent(value, 'agent_1');
        if (!parsed.ok) return expect(parsed.reason).not.toBe('');
        expect(parsed.value.agent_id).toBe('agent_1');
        for (const field of ['agent_name', 'voice_id', 'language'] as const) expectStorable(parsed.value[field]);
        expectTimestamp(parsed.value.last_modification_timestamp);
        expect(parsed.value.version).toBeLessThan(2 ** 31);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a raw version never throws', () => {
    fc.assert(fc.property(fc.oneof(detail, anything), (value) => void parseAgentVersion(value)));
  });

  test('reasons name the field and never repeat what was in it', () => {
    const secret = 'x'.repeat(300);
    const parsed = parseListedAgent({ agent_id: 'a', agent_name: 'Lisa', channel: secret });
    expect(parsed).toMatchObject({ reason: 'Retell lists it with a wrong channel' });
    expect(parseAgent({ agent_id: 'a', voice_id: 'v', response_engine: {} }, 'a')).toEqual({
      ok: false,
      reason: 'no version',
    });
  });
});
