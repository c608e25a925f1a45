import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { parseAgent, parseAgentVersion, parseListedAgent, parseListingPage } from '../../../shared/retell/parse.ts';
import { anyString } from '../../support/any-string.ts';

const text = fc.oneof(anyString, fc.constantFrom('', ' ', 'a\0b', '\uD800', '.', '..', 'a'.repeat(256)));
const stamp = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(1_767_225_600_000, '1767225600000', null));
const anything = fc.anything({ withNullPrototype: true, withBigInt: true, withSparseArray: true });
const mostly = (right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 6, arbitrary: right }, anything);

const item = fc.record(
  {
    agent_id: mostly(text),
    agent_name: mostly(text),
    channel: mostly(fc.constantFrom('voice', 'chat', 'video')),
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

/** Whether Postgres can store the text. */
function isStorable(value: string | null): boolean {
  return value === null || (value.isWellFormed() && !value.includes('\0') && value.trim() !== '');
}

function isTimestamp(value: number): boolean {
  return Number.isSafeInteger(value) && !Number.isNaN(new Date(value).getTime());
}

function isId(value: string | null): boolean {
  return value !== null && /^\P{Cc}{1,255}$/u.test(value);
}

/** An input for which the parser throws or breaks its contract; null if no input is found. */
function counterexample(input: fc.Arbitrary<unknown>, holds: (value: unknown) => boolean): unknown {
  return fc.check(fc.property(fc.oneof(input, anything), holds), { numRuns: 2_000 }).counterexample;
}

describe('[S58] whatever Retell sends', () => {
  test('an entry is an agent or a problem', () => {
    const broken = counterexample(item, (value) => {
      const parsed = parseListedAgent(value);
      if (!parsed.ok) return isStorable(parsed.name) && (parsed.agent_id === null || isId(parsed.agent_id));
      const { agent_id, agent_name, channel, user_modified_timestamp } = parsed.value;
      const isText = typeof channel === 'string';
      return isId(agent_id) && isStorable(agent_name) && isText && isTimestamp(user_modified_timestamp);
    });
    expect(broken).toBeNull();
  });

  test('a page has items and a next key, or is refused', () => {
    const fields = { items: mostly(fc.array(item)), has_more: mostly(fc.boolean()), pagination_key: mostly(text) };
    const broken = counterexample(fc.record(fields, { requiredKeys: [] }), (value) => {
      const parsed = parseListingPage(value);
      return parsed.ok ? Array.isArray(parsed.value.items) && parsed.value.next_key !== '' : parsed.reason !== '';
    });
    expect(broken).toBeNull();
  });

  test('a detail is an agent or a reason', () => {
    const broken = counterexample(detail, (value) => {
      const parsed = parseAgent(value, 'agent_1');
      if (!parsed.ok) return parsed.reason !== '';
      const { agent_id, agent_name, voice_id, language, version, last_modification_timestamp } = parsed.value;
      const storable = [agent_name, voice_id, language].every(isStorable);
      return agent_id === 'agent_1' && storable && version < 2 ** 31 && isTimestamp(last_modification_timestamp);
    });
    expect(broken).toBeNull();
  });

  test('a raw version is one or a reason', () => {
    const broken = counterexample(detail, (value) => {
      const parsed = parseAgentVersion(value);
      return parsed.ok ? parsed.value.version >= 0 : parsed.reason !== '';
    });
    expect(broken).toBeNull();
  });

  test('reasons name the field and never repeat what was in it', () => {
    const secret = 'x'.repeat(300);
    const parsed = parseListedAgent({ agent_id: 'a', agent_name: 'Lisa', channel: [secret] });
    expect(parsed).toMatchObject({ ok: false, reason: 'Retell lists it in an unusable form: an invalid channel' });
    expect(parseAgent({ agent_id: 'a', voice_id: 'v', response_engine: {} }, 'a')).toEqual({
      ok: false,
      reason: 'no version',
    });
  });
});
