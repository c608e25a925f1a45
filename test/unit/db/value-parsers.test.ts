import { describe, expect, test } from '@jest/globals';
import { types } from 'pg';
import { VALUE_PARSERS } from '../../../shared/db/value-parsers.ts';

const parse = (type: number, text: string) => VALUE_PARSERS.getTypeParser(type, 'text')(text);

describe('a time of the database', () => {
  test.each([
    ['2026-02-01 00:00:00.123+00', '2026-02-01T00:00:00.123Z'],
    ['infinity', '9999-12-31T23:59:59.999Z'],
    ['-infinity', '0001-01-01T00:00:00.000Z'],
    ['294276-12-31 00:00:00+00', '9999-12-31T23:59:59.999Z'],
    ['275760-09-13 00:00:00.001+00', '9999-12-31T23:59:59.999Z'],
    ['10000-01-01 00:00:00+00', '9999-12-31T23:59:59.999Z'],
    ['4713-01-01 00:00:00+00 BC', '0001-01-01T00:00:00.000Z'],
    ['0001-01-01 00:00:00+00', '0001-01-01T00:00:00.000Z'],
  ])('%s arrives as %s', (stored, time) => {
    expect(parse(types.builtins.TIMESTAMPTZ, stored)).toEqual(new Date(time));
  });
});

describe('JSON of the database', () => {
  const JSON_TYPES = [types.builtins.JSON, types.builtins.JSONB];
  const arrays = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

  test.each([arrays(32), objects(32), '{"a":[1,{"b":null}],"c":"x"}', '1', 'null'])('arrives as it is: %s', (text) => {
    for (const type of JSON_TYPES) expect(JSON.stringify(parse(type, text))).toBe(text);
  });

  test.each([
    [arrays(33), '['.repeat(32) + 'null' + ']'.repeat(32)],
    [objects(33), `${'{"a":'.repeat(32)}null${'}'.repeat(32)}`],
    [`{"b":"x","a":${arrays(100_000)}}`, `{"b":"x","a":${'['.repeat(31)}null${']'.repeat(31)}}`],
  ])('nested more than 32 deep is cut there (case %#)', (text, cut) => {
    for (const type of JSON_TYPES) expect(JSON.stringify(parse(type, text))).toBe(cut);
  });
});

test('other types arrive as node-postgres parses them', () => {
  expect(parse(types.builtins.INT4, '7')).toBe(7);
});
