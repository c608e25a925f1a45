import { describe, expect, test } from '@jest/globals';
import type { Status, SyncState } from '../../functions/console/page/data/api-types.ts';
import { type Headline, headline } from '../../functions/console/page/overview/headline.ts';
import { type AgentStats, agentStats } from '../../functions/console/page/overview/stats.ts';
import { parseRange, trendPoints, trendSummary, within } from '../../functions/console/page/overview/trend-points.ts';
import { overviewOf } from './overviews.ts';
import { runOf, statusOf } from './runs.ts';

const AGENTS = [
  overviewOf({}),
  overviewOf({ state: 'unread' }),
  overviewOf({ state: 'out_of_step', discrepancy: 'name_mismatch' }),
  overviewOf({ state: 'out_of_step', discrepancy: 'missing_in_db', interviewer_id: null }),
  overviewOf({ state: 'out_of_step', discrepancy: 'orphaned' }),
  overviewOf({ state: 'orphaned' }),
  overviewOf({ state: 'deleted' }),
  overviewOf({ state: 'archived', interviewer_id: null }),
  overviewOf({ state: 'skipped', interviewer_id: null }),
];

test('the counts of the overview match the list of agents', () => {
  expect(agentStats(AGENTS)).toEqual({ active: 3, inSync: 1, outOfSync: 3, skipped: 1, orphans: 1 });
});

describe('the headline', () => {
  const stats = (given: Partial<AgentStats>): AgentStats => ({
    active: 3,
    inSync: 3,
    outOfSync: 0,
    skipped: 0,
    orphans: 0,
    ...given,
  });
  const of = (status: Partial<Status>, given: Partial<AgentStats> = {}) =>
    headline(statusOf({ as_of: '2026-03-01T00:00:00.000Z', health_score: 100, ...status }), stats(given));
  const blocked = 'The orphan guard blocked run 7: a person must confirm it';

  test.each<[string, SyncState, string, Headline]>([
    ['before the first comparison', 'unknown', 'never compared in full. A dry run', of({ as_of: null })],
    ['in sync', 'in_sync', 'Every eligible agent has an interviewer that matches it.', of({ state: 'in_sync' })],
    ['one agent differs', 'out_of_sync', '1 agent is out of sync.', of({ state: 'out_of_sync' }, { outOfSync: 1 })],
    ['several differ since it was in sync', 'out_of_sync', '2 agents', of({ state: 'in_sync' }, { outOfSync: 2 })],
    ['fixed since', 'out_of_sync', 'Fixed since? Check again.', of({ state: 'out_of_sync' })],
    ['an empty account', 'in_sync', 'The Retell account has no agents.', of({ state: 'in_sync' }, { active: 0 })],
    ['a failed comparison', 'unknown', 'This is what was known before.', of({ state: 'unknown' })],
    ['a blocked sync', 'needs_confirmation', `${blocked}.`, of({ state: 'needs_confirmation', reason: blocked })],
  ])('%s', (_case, state, sentence, shown) => {
    expect(shown).toMatchObject({ state, sentence: expect.stringContaining(sentence) });
  });

  test.each<[SyncState, boolean]>([
    ['in_sync', false],
    ['out_of_sync', false],
    ['needs_confirmation', true],
    ['unknown', true],
  ])('%s marks the score as last known: %s', (state, lastKnown) => {
    expect(of({ state })).toMatchObject({ state, lastKnown });
  });
});

describe('the trend', () => {
  const point = (run_id: number, timestamp: string, health_score: number) => ({
    run_id,
    timestamp,
    health_score,
    discrepancies: 1,
  });
  const points = trendPoints(
    [point(1, '2026-03-01T00:00:00.000Z', 90), point(3, '2026-03-01T02:00:00.000Z', 80)],
    [
      runOf({ id: 4, status: 'failed', kind: 'webhook', started_at: '2026-03-01T03:00:00.000Z' }),
      runOf({ id: 2, status: 'failed', kind: 'scheduled', started_at: '2026-03-01T01:00:00.000Z' }),
    ],
  );

  test('has a gap where a comparison failed', () => {
    expect(points.map(({ run_id, score }) => [run_id, score])).toEqual([
      [1, 90],
      [2, null],
      [3, 80],
    ]);
  });

  test('is limited to the chosen time span', () => {
    const now = Date.parse('2026-03-02T00:30:00.000Z');
    expect(within(points, parseRange('24h'), now).map(({ run_id }) => run_id)).toEqual([2, 3]);
    expect(within(points, parseRange('7d'), now)).toHaveLength(3);
    expect(parseRange('a week')).toBe(parseRange('24h'));
  });

  test('has a summary for screen readers', () => {
    expect(trendSummary(points)).toBe('Health from 90 to 80 over 2 checks, 80 at its lowest. 1 failed.');
    expect(trendSummary([])).toBe('No check has succeeded in this time.');
  });
});
