import { expect, test } from '@jest/globals';
import { differingFields } from '../../../shared/domain/versions.ts';

const VERSION = { agent_name: 'Bob', voice_id: 'v1', response_engine: { type: 'llm', nested: { a: 1, b: [1, 2] } } };

test('fields of the version itself are ignored', () => {
  const bookkeeping = {
    version: 1,
    base_version: 0,
    is_published: true,
    last_modification_timestamp: 1,
    version_title: 'a',
    version_description: 'b',
    assigned_tags: ['prod'],
  };
  expect(differingFields({ ...VERSION, ...bookkeeping }, VERSION)).toEqual([]);
});

test('the order of keys is ignored, and null equals an absent field', () => {
  const other = { voice_id: 'v1', agent_name: 'Bob', response_engine: { nested: { b: [1, 2], a: 1 }, type: 'llm' } };
  expect(differingFields(VERSION, { ...other, webhook_url: null })).toEqual([]);
});

test('differences are named in alphabetical order, whichever side has the field', () => {
  const other = { agent_name: 'Bob', response_engine: { type: 'llm', nested: { a: 1, b: [2, 1] } }, ambient: 'cafe' };
  expect(differingFields(VERSION, other)).toEqual(['ambient', 'response_engine', 'voice_id']);
  expect(differingFields(other, VERSION)).toEqual(['ambient', 'response_engine', 'voice_id']);
});

test('values are compared down to 64 levels, and deeper ones overflow nothing', () => {
  const nested = (levels: number, innermost: unknown) => {
    let value = innermost;
    for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { value };
    return { settings: value };
  };
  expect(differingFields(nested(64, 1), nested(64, 2))).toEqual(['settings']);
  expect(differingFields(nested(65, 1), nested(65, 2))).toEqual([]);
  expect(differingFields(nested(64, []), nested(64, {}))).toEqual([]);
  expect(differingFields(nested(100_000, 1), { settings: 1 })).toEqual(['settings']);
});
