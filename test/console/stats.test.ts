import { describe, expect, test } from '@jest/globals';
import { headline, type SyncState } from '../../functions/console/page/overview/headline.ts';
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
  const of = (score: number | null, given: Partial<AgentStats> = {}, runs = [runOf()]) =>
    headline(statusOf({ health_score: score }), stats(given), runs);

  test.each<[string, SyncState, string, ReturnType<typeof of>]>([
    ['before the first check', 'unknown', 'Nothing has been compared yet', of(null)],
    ['in sync', 'in_sync', 'Every eligible agent has an interviewer that matches it.', of(100)],
    ['one agent differs', 'out_of_sync', '1 agent is out of sync.', of(70, { outOfSync: 1 })],
    ['several differ, after a score of 100', 'out_of_sync', '2 agents are out of sync.', of(100, { outOfSync: 2 })],
    ['fixed since the last score', 'in_sync', 'Everything is in sync again. Check for the new score.', of(70)],
    ['an empty account', 'in_sync', 'The Retell account has no agents.', of(100, { active: 0 })],
    ['a failed comparison', 'unknown', 'The last comparison failed.', of(100, {}, [runOf({ status: 'failed' })])],
    ['a blocked sync', 'needs_confirmation', 'The last sync was blocked', of(100, {}, [runOf({ status: 'held' })])],
  ])('%s', (_case, state, sentence, shown) => {
    expect(shown).toMatchObject({ state, sentence: expect.stringContaining(sentence) });
  });

  test('marks the score as last known after a failed comparison, even after webhooks', () => {
    const runs = [runOf({ kind: 'webhook' }), runOf({ kind: 'scheduled', status: 'failed' }), runOf()];
    expect(of(100, {}, runs)).toMatchObject({ state: 'unknown', lastKnown: true });
  });

  test('a successful check does not clear a blocked sync', () => {
    expect(of(100, {}, [runOf({ kind: 'audit' }), runOf({ status: 'held' })]).state).toBe('needs_confirmation');
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
