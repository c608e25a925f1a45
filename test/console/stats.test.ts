import { describe, expect, test } from '@jest/globals';
import { readable } from '../../functions/console/page/format.ts';
import { figuresOf, healthSentence } from '../../functions/console/page/stats.ts';
import type { Status } from '../../shared/api/scheduled-sync.ts';
import { overviewOf } from './overviews.ts';

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

test('the overview counts what the list of agents shows', () => {
  expect(figuresOf(AGENTS)).toEqual({ active: 3, linked: 6, outOfStep: 3, orphans: 2 });
});

describe('the sentence under the score', () => {
  const STATUS: Status = {
    state: 'unknown',
    as_of: null,
    reason: 'Both sides were never compared in full',
    last_check: null,
    last_sync: null,
    health_score: null,
    health_status: null,
    discrepancies: null,
    summary: null,
    recommendations: [],
    trend: [],
    freshness: { p50_s: null, p95_s: null, samples: 0 },
    webhooks: { last_accepted: null, last_refused: null },
  };
  test.each([
    [null, 0, 0, 'Nothing has been compared yet. The first sync tells how well both sides match.'],
    [100, 0, 0, 'There is nothing to keep in step yet.'],
    [100, 0, 3, 'Every eligible agent has an interviewer that matches it.'],
    [100, 1, 3, '1 agent has got out of step since the last check.'],
    [70, 2, 3, '2 agents are out of step between Retell and the platform.'],
    [70, 0, 3, 'What was out of step at the last check is mended. Check again for the score.'],
  ])('score %s, %i out of step, %i active', (health_score, outOfStep, active, sentence) => {
    const figures = { outOfStep, active, linked: active, orphans: 0 };
    expect(healthSentence({ ...STATUS, health_score }, figures)).toBe(sentence);
  });
});

test('what the service says is readable: times as on the page, arrows', () => {
  const said = 'name: "Lisa" -> "2026 Bob"; retell_modified_at: "2026-11-23T18:26:34.930Z" -> "2026-12-01T08:00:00Z"';
  expect(readable(said)).toMatch(/^name: "Lisa" → "2026 Bob"; retell_modified_at: 23 Nov, ..:.. → 1 Dec, ..:..$/);
});
