import { describe, expect, test } from '@jest/globals';
import { type Choice, chooseAgents, countStates } from '../../functions/console/page/choose-agents.ts';
import { overviewOf } from './overviews.ts';

const AGENTS = [
  overviewOf({ name: 'Interview 10', last_synced_at: '2026-03-02T00:00:00.000Z' }),
  overviewOf({ name: 'Interview 9', voice_id: '11labs-Chloe', last_synced_at: '2026-03-01T00:00:00.000Z' }),
  overviewOf({ name: 'Billing', state: 'skipped', reason: 'Agent name does not match interview patterns' }),
  overviewOf({ name: 'Lisa', state: 'out_of_step', discrepancy: 'voice_mismatch' }),
];

const ALL: Choice = { search: '', state: null, column: 'state', descending: false };
const names = (choice: Partial<Choice>) => chooseAgents(AGENTS, { ...ALL, ...choice }).map(({ name }) => name);

describe('the list of agents', () => {
  test('begins with what needs a person, then goes by name, numbers as people count', () => {
    expect(names({})).toEqual(['Lisa', 'Interview 9', 'Interview 10', 'Billing']);
  });

  test('sorts by any column, both ways', () => {
    expect(names({ column: 'name' })).toEqual(['Billing', 'Interview 9', 'Interview 10', 'Lisa']);
    expect(names({ column: 'name', descending: true })).toEqual(['Lisa', 'Interview 10', 'Interview 9', 'Billing']);
    expect(names({ column: 'last_synced_at', descending: true }).slice(0, 2)).toEqual(['Interview 10', 'Interview 9']);
  });

  test('finds every word, in whichever field', () => {
    expect(names({ search: 'CHLOE interview' })).toEqual(['Interview 9']);
    expect(names({ search: 'patterns' })).toEqual(['Billing']);
    expect(names({ search: 'nobody' })).toEqual([]);
  });

  test('shows one state, and counts them all', () => {
    expect(names({ state: 'skipped' })).toEqual(['Billing']);
    expect(Object.fromEntries(countStates(AGENTS))).toEqual({ in_step: 2, skipped: 1, out_of_step: 1 });
  });
});
