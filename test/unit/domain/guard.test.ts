import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  accountMismatch,
  accountToken,
  checkOrphanGuard,
  massChangeThreshold,
  planToken,
  rowsToken,
} from '../../../shared/domain/guard.ts';
import { NOTHING_LEFT_OUT } from '../../../shared/domain/observed-state.ts';
import { listedOf, orphanOf, rowOf } from './builders.ts';

test('the threshold is five, or a fifth of many rows', () => {
  expect([0, 1, 25, 26, 30, 1_000].map(massChangeThreshold)).toEqual([5, 5, 5, 5.2, 6, 200]);
});

describe('the orphan guard', () => {
  const check = (
    orphans: number,
    active_rows: number,
    listed_agents: number,
    confirmation: boolean | string,
    accepted: readonly string[] = [],
  ) => checkOrphanGuard({ orphans, recent: 0, active_rows, listed_agents, confirmation, accepted });

  test.each([
    [0, 0, 0, 'pass'],
    [5, 6, 1, 'pass'],
    [6, 6, 1, 'blocked'],
    [6, 30, 1, 'pass'],
    [7, 30, 1, 'blocked'],
    [1, 1, 0, 'blocked'],
  ] as const)('for %i orphans of %i active rows with %i listed agents is: %s', (orphans, active, listed, verdict) => {
    expect(check(orphans, active, listed, false)).toBe(verdict);
    expect(check(orphans, active, listed, true)).toBe('pass');
  });

  test.each([
    [3, 2, 8, 'pass'],
    [3, 3, 8, 'blocked'],
    [1, 19, 81, 'pass'],
    [2, 19, 81, 'blocked'],
    [0, 50, 1, 'pass'],
  ] as const)(
    'for %i orphans after %i within the hour of %i active rows is: %s',
    (orphans, recent, active_rows, verdict) => {
      const input = { orphans, recent, active_rows, listed_agents: 9, accepted: [] };
      expect(checkOrphanGuard({ ...input, confirmation: false })).toBe(verdict);
      expect(checkOrphanGuard({ ...input, confirmation: true })).toBe('pass');
    },
  );

  test('passes any number of orphans with the token of exactly this plan', () => {
    expect(check(100, 100, 0, 'this', ['other', 'this'])).toBe('pass');
    expect(check(1, 100, 100, 'that', ['this'])).toBe('plan_changed');
    expect(check(0, 100, 100, 'that')).toBe('pass');
  });
});

describe('a plan token', () => {
  const ids = fc.uniqueArray(fc.string());

  test('is equal exactly for equal sets of agents, in any order', () => {
    fc.assert(
      fc.property(ids, ids, (one, other) => {
        const same = one.length === other.length && one.every((id) => other.includes(id));
        expect(planToken(one) === planToken(other)).toBe(same);
        expect(planToken(one.toReversed())).toBe(planToken(one));
        expect(planToken(one)).toMatch(/^[\w-]{22}$/);
      }),
    );
  });

  test('does not reorder its input', () => {
    const given = ['b', 'a'];
    planToken(given);
    expect(given).toEqual(['b', 'a']);
  });
});

describe('the token of rows', () => {
  const row = rowOf({ id: '1', agent_id: 'agent_1', last_synced_at: new Date(1) });

  test('changes with a row, its agent and the time of its last change', () => {
    const others = [{ id: '2' }, { agent_id: 'agent_2' }, { last_synced_at: new Date(2) }, { last_synced_at: null }];
    const tokens = [row, ...others.map((other) => ({ ...row, ...other }))].map((one) => rowsToken([one]));
    expect(new Set([...tokens, rowsToken([]), rowsToken([row, { ...row, id: '3' }])]).size).toBe(7);
    const renamed = { ...row, name: 'Other' };
    expect(rowsToken([renamed])).toBe(tokens[0]);
  });

  test('for another account is the token of the rows with these agents', () => {
    const other = rowOf({ id: '2', agent_id: 'agent_2' });
    expect(accountToken(['agent_1'], [row, other])).toBe(rowsToken([row]));
    expect(accountToken(['agent_2', 'agent_1'], [row, other])).toBe(rowsToken([row, other]));
  });
});

describe('an account mismatch', () => {
  const rows = ['agent_1', 'agent_2', 'agent_3'].map((agent_id) => rowOf({ agent_id }));
  const listing = (...ids: string[]) => ({
    listed: new Map(ids.map((agent_id) => [agent_id, listedOf({ agent_id })])),
    left_out: NOTHING_LEFT_OUT,
  });

  test.each([1, 2, 3])('is a listing with none of the agents of %i active rows', (count) => {
    const active = rows.slice(0, count);
    expect(accountMismatch(listing('agent_9'), active)).toEqual(active.map(({ agent_id }) => agent_id));
  });

  test.each([
    ['a listing with a known agent', listing('agent_9', 'agent_3'), rows],
    ['an empty listing, which the orphan guard blocks', listing(), rows],
    ['orphans only', listing('agent_9'), [orphanOf()]],
    ['an empty table', listing('agent_9'), []],
    [
      'a listing with agents in sync',
      { ...listing('agent_9'), left_out: { in_sync: 1, linked_rows: 1, orphaned_rows: 0 } },
      rows,
    ],
  ])('is not %s', (_, listed, given) => {
    expect(accountMismatch(listed, given)).toBeNull();
  });
});
