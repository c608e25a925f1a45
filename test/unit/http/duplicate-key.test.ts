import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { duplicateKey } from '../../../shared/http/duplicate-key.ts';

describe('a key twice in one object is found', () => {
  test.each([
    ['{"dry_run":true,"dry_run":false}', 'dry_run'],
    ['{"a":1,"b":{"c":1, "c" : 2}}', 'c'],
    ['[{"a":[{"a":1}],"a":2}]', 'a'],
    [String.raw`{"dry_run":1,"dry\u005frun":2}`, 'dry_run'],
    [String.raw`{"\"":1,"\"":2}`, '"'],
    ['{"":1,"":2}', ''],
  ])('in %s', (text, key) => {
    expect(JSON.parse(text)).toBeDefined();
    expect(duplicateKey(text)).toBe(key);
  });

  test.each([
    '{"a":{"a":1}}',
    '[{"a":1},{"a":2}]',
    '{"a":"a","b":"a"}',
    String.raw`{"a":"\"a\":","b":"{"}`,
    '"a"',
    '1',
    '{}',
  ])('and not in %s', (text) => {
    expect(JSON.parse(text)).toBeDefined();
    expect(duplicateKey(text)).toBeNull();
  });
});

test('what JSON.stringify writes has no key twice', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(duplicateKey(text)).toBeNull();
    }),
  );
});

test('a key that is written a second time is found, whatever the object holds', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), (object) => {
      const [key = ''] = Object.keys(object);
      const text = JSON.stringify(object);
      expect(duplicateKey(`${text.slice(0, -1)},${JSON.stringify(key)}:1}`)).toBe(key);
    }),
  );
});
