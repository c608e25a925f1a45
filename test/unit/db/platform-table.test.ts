import { expect, test } from '@jest/globals';
import { namesPlatformTable, qualifiedName, qualify } from '../../../shared/db/platform-table.ts';

test('the placeholder becomes the qualified name, in literals too', () => {
  const sql = `select null::{interviewer} from {interviewer} where '{interviewer}'::regclass = 1`;
  expect(namesPlatformTable(sql)).toBe(true);
  expect(qualify(sql, 'public')).toBe(
    `select null::"public"."interviewer" from "public"."interviewer" where '"public"."interviewer"'::regclass = 1`,
  );
  expect(namesPlatformTable(`select '{}'`)).toBe(false);
});

test.each(['public', 'FoloUp', 'my schema', 'schéma_2', 'a.b-c'])('the schema %j can be named', (schema) => {
  expect(qualifiedName(schema)).toBe(`"${schema}"."interviewer"`);
});

test.each(['', "it's", 'a"b', 'a$$b', 'a%sb', 'a\\b', 'a{b}', 'a;b', 'a\nb'])(
  'the schema %j is refused, as it could end the literal or the function body in which it is written',
  (schema) => {
    expect(() => qualifiedName(schema)).toThrow(/which is not supported/);
  },
);
