import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { accountMismatch, checkOrphanGuard, massChangeThreshold, planToken } from '../../../shared/domain/guard.ts';
import { activeAgents } from '../../../shared/domain/observed-state.ts';
import { agentOf, inventoryOf, orphanOf, rowOf } from './builders.ts';

test('the limit is five, or a fifth of many', () => {
  expect([0, 1, 25, 26, 30, 1_000].map(massChangeThreshold)).toEqual([5, 5, 5, 5.2, 6, 200]);
});

describe('orphaning', () => {
  test.each([
    [0, 0, 0, 'pass'],
    [5, 6, 1, 'pass'],
    [6, 6, 1, 'held'],
    [6, 30, 1, 'pass'],
    [7, 30, 1, 'held'],
    [1, 1, 0, 'held'],
  ] as const)('%i of %i active rows, %i agents listed: %s', (orphans, active, listed, verdict) => {
    expect(checkOrphanGuard(orphans, active, listed, false, [])).toBe(verdict);
    expect(checkOrphanGuard(orphans, active, listed, true, [])).toBe('pass');
  });

  test('passes with the token of just this plan, however many there are', () => {
    expect(checkOrphanGuard(100, 100, 0, 'this', ['other', 'this'])).toBe('pass');
    expect(checkOrphanGuard(1, 100, 100, 'that', ['this'])).toBe('plan_changed');
    expect(checkOrphanGuard(0, 100, 100, 'that', [])).toBe('pass');
  });
});

describe('a plan token', () => {
  const ids = fc.uniqueArray(fc.string());

  test('is the same for the same agents in any order, and another for others', () => {
    fc.assert(
      fc.property(ids, ids, (one, other) => {
        const same = one.length === other.length && one.every((id) => other.includes(id));
        expect(planToken(one) === planToken(other)).toBe(same);
        expect(planToken(one.toReversed())).toBe(planToken(one));
        expect(planToken(one)).toMatch(/^[\w-]{22}$/);
      }),
    );
  });

  test('leaves what it was given as it was', () => {
    const given = ['b', 'a'];
    planToken(given);
    expect(given).toEqual(['b', 'a']);
  });
});

describe("another account's listing", () => {
  const rows = ['agent_1', 'agent_2', 'agent_3'].map((agent_id) => rowOf({ agent_id }));

  test('shows none of the agents of three active rows', () => {
    expect(accountMismatch(inventoryOf([agentOf({ agent_id: 'agent_9' })]), rows)).toEqual([
      'agent_1',
      'agent_2',
      'agent_3',
    ]);
  });

  test.each([
    ['a known agent', [agentOf({ agent_id: 'agent_9' }), agentOf({ agent_id: 'agent_3' })], rows],
    ['fewer than three rows', [agentOf({ agent_id: 'agent_9' })], rows.slice(1)],
    ['an empty listing, which is the guard of the orphans', [], rows],
    ['orphans', [agentOf({ agent_id: 'agent_9' })], [...rows.slice(1), orphanOf()]],
  ])('not: %s', (_, agents, given) => {
    expect(accountMismatch(inventoryOf(agents), given)).toBeNull();
  });

  test('is not told by rows without an agent', () => {
    expect(activeAgents([rowOf({ agent_id: null }), rowOf({ agent_id: '' }), orphanOf(), rowOf()])).toEqual([
      'agent_1',
    ]);
  });
});
