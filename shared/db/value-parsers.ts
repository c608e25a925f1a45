/**
 * How values of the database arrive. Every role that may write a table can store what JavaScript cannot represent: a
 * time beyond its calendar, or JSON nested so deeply that serializing it overflows the stack. Such values arrive
 * changed, so that no row can make a run fail; they then differ from Retell's, and the sync overwrites them.
 */
import { type CustomTypesConfig, types } from 'pg';
import { cutBelow } from '../domain/nesting.ts';

/** Years 1 to 9999 in UTC: Postgres accepts them as ISO text. */
const FIRST_TIME = Date.parse('0001-01-01T00:00:00.000Z');
const LAST_TIME = Date.parse('9999-12-31T23:59:59.999Z');

/** Nothing that the service or Retell stores is nested nearly as deeply. */
const MAX_DEPTH = 32;

function parseTime(text: string): Date {
  // A Date, the numbers Infinity and -Infinity, or an invalid Date for a year that JavaScript cannot represent.
  const time = Number(types.getTypeParser(types.builtins.TIMESTAMPTZ)(text));
  const known = Number.isNaN(time) ? LAST_TIME : time;
  return new Date(Math.min(Math.max(known, FIRST_TIME), LAST_TIME));
}

/** Values that are nested too deeply become null. */
function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return isDeeperThan(value, MAX_DEPTH) ? cutBelow(value, MAX_DEPTH) : value;
}

function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((nested) => isDeeperThan(nested, depth - 1));
}

const PARSERS: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [types.builtins.TIMESTAMPTZ, parseTime],
  [types.builtins.JSON, parseJson],
  [types.builtins.JSONB, parseJson],
]);

/** For a connection of node-postgres that receives values as text. */
export const VALUE_PARSERS: CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => PARSERS.get(oid) ?? types.getTypeParser(oid, format),
};
