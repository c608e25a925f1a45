import { describe, expect, test } from '@jest/globals';
import { STATE_METRIC, type StateFacts, stateOf } from '../../../shared/domain/state.ts';
import { NOW } from './builders.ts';

const MINUTE = 60_000;
const ago = (minutes: number) => new Date(NOW.getTime() - minutes * MINUTE);

const IN_SYNC: StateFacts = {
  outcome: { kind: 'compared' },
  compared: { at: ago(1), discrepancies: 0 },
  blocked: null,
  schedule_ms: 5 * MINUTE,
  now: NOW,
};
const DIFFERS: Partial<StateFacts> = { compared: { at: ago(1), discrepancies: 2 } };

const TRANSITIONS: readonly [title: string, facts: Partial<StateFacts>, state: string, reason: string][] = [
  ['nothing yet', { outcome: null, compared: null }, 'unknown', 'Both sides were never compared in full'],
  ['both sides are equal', {}, 'in_sync', 'Both sides are in sync'],
  [
    'a discrepancy is listed',
    { compared: { at: ago(1), discrepancies: 1 } },
    'out_of_sync',
    '1 discrepancy between both sides',
  ],
  ['discrepancies are listed', DIFFERS, 'out_of_sync', '2 discrepancies between both sides'],
  [
    'the last comparison failed',
    { outcome: { kind: 'failed', message: 'Retell refuses the API key.' } },
    'unknown',
    'The last comparison failed: Retell refuses the API key',
  ],
  [
    'the first comparison failed',
    { outcome: { kind: 'failed', message: 'x' }, compared: null },
    'unknown',
    'The last comparison failed: x',
  ],
  [
    'the last comparison was of another account',
    { outcome: { kind: 'other_account' } },
    'unknown',
    'The last comparison was with another Retell account',
  ],
  [
    'an agent could not be read',
    { outcome: { kind: 'unread', agents: 1, named: [{ agent_id: 'agent_1', name: 'Lisa' }] } },
    'unknown',
    '1 agent could not be read at the last comparison: "Lisa" (agent_1)',
  ],
  [
    'agents could not be read, of which no names are known',
    { outcome: { kind: 'unread', agents: 2, named: [] } },
    'unknown',
    '2 agents could not be read at the last comparison',
  ],
  [
    'the last run was partial',
    { outcome: { kind: 'partial' } },
    'unknown',
    'The last comparison ran out of time; a continuation or the next sync does the rest',
  ],
  [
    'two schedule periods have passed',
    { compared: { at: ago(10), discrepancies: 0 } },
    'in_sync',
    'Both sides are in sync',
  ],
  [
    'more than two schedule periods have passed',
    { compared: { at: ago(10.1), discrepancies: 0 } },
    'unknown',
    'The last comparison is older than two schedule periods (10 minutes)',
  ],
  [
    'nothing is scheduled and a day has passed',
    { schedule_ms: null, compared: { at: ago(1440), discrepancies: 0 } },
    'in_sync',
    'Both sides are in sync',
  ],
  [
    'nothing is scheduled and more than a day has passed',
    { schedule_ms: null, compared: { at: ago(1441), discrepancies: 0 } },
    'unknown',
    'The last comparison is older than a day',
  ],
  [
    'a guard blocked a run',
    { ...DIFFERS, blocked: { run_id: 4, at: ago(2) } },
    'needs_confirmation',
    'The orphan guard blocked run 4: a person must confirm it',
  ],
  [
    'a guard blocked a webhook since the last comparison',
    { blocked: { run_id: 5, at: ago(0) } },
    'needs_confirmation',
    'The orphan guard blocked run 5: a person must confirm it',
  ],
  [
    'a later comparison finds nothing that a guard could block',
    { blocked: { run_id: 4, at: ago(2) } },
    'in_sync',
    'Both sides are in sync',
  ],
  [
    'a comparison of the same moment finds nothing that a guard could block',
    { blocked: { run_id: 4, at: ago(1) } },
    'in_sync',
    'Both sides are in sync',
  ],
  [
    'a guard blocked the first run, which compared nothing',
    { outcome: { kind: 'failed', message: 'a.b refuses.' }, compared: null, blocked: { run_id: 4, at: ago(2) } },
    'unknown',
    'The last comparison failed: a.b refuses; run 4 also waits for a confirmation',
  ],
  [
    'a guard blocked a run and the last comparison failed',
    { ...DIFFERS, outcome: { kind: 'failed', message: 'x' }, blocked: { run_id: 4, at: ago(2) } },
    'unknown',
    'The last comparison failed: x; run 4 also waits for a confirmation',
  ],
];

describe('the state', () => {
  test.each(TRANSITIONS)('when %s', (_, facts, state, reason) => {
    const given = { ...IN_SYNC, ...facts };
    expect(stateOf(given)).toEqual({ state, as_of: given.compared?.at.toISOString() ?? null, reason });
  });
});

test('the metric of a state grows with how much attention it needs', () => {
  expect(STATE_METRIC).toEqual({ in_sync: 0, out_of_sync: 1, needs_confirmation: 2, unknown: 3 });
});
