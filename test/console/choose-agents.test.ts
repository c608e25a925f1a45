import { describe, expect, test } from '@jest/globals';
import {
  type Choice,
  choiceParams,
  chooseAgents,
  countStates,
  parseChoice,
} from '../../functions/console/page/agents/choose-agents.ts';
import { shortIds } from '../../functions/console/page/agents/short-ids.ts';
import { href, parseRoute } from '../../functions/console/page/routing/route.ts';
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
  test('sorts by urgency, then by name, with numbers in numeric order', () => {
    expect(names({})).toEqual(['Lisa', 'Interview 9', 'Interview 10', 'Billing']);
  });

  test('sorts by any column, both ways', () => {
    expect(names({ column: 'name' })).toEqual(['Billing', 'Interview 9', 'Interview 10', 'Lisa']);
    expect(names({ column: 'name', descending: true })).toEqual(['Lisa', 'Interview 10', 'Interview 9', 'Billing']);
    expect(names({ column: 'last_synced_at', descending: true }).slice(0, 2)).toEqual(['Interview 10', 'Interview 9']);
  });

  test('requires every searched word, in any field', () => {
    expect(names({ search: 'CHLOE interview' })).toEqual(['Interview 9']);
    expect(names({ search: 'patterns' })).toEqual(['Billing']);
    expect(names({ search: 'no such word' })).toEqual([]);
  });

  test('filters by state and counts each state', () => {
    expect(names({ state: 'skipped' })).toEqual(['Billing']);
    expect(Object.fromEntries(countStates(AGENTS))).toEqual({ in_step: 2, skipped: 1, out_of_step: 1 });
  });
});

describe('the choice in the address', () => {
  test.each<Choice>([
    ALL,
    { ...ALL, search: 'lisa & bob', state: 'orphaned' },
    { ...ALL, column: 'voice_id', descending: true },
  ])('survives formatting and parsing: %j', (choice) => {
    expect(parseChoice(parseRoute(href('agents', choiceParams(choice))).params)).toEqual(choice);
  });

  test('omits defaults', () => {
    expect(href('agents', choiceParams(ALL))).toBe('#/agents');
  });

  test('falls back to defaults for unknown values', () => {
    expect(parseChoice({ state: 'lost', sort: 'price', order: 'sideways' })).toEqual(ALL);
  });
});

describe('agents of the same name', () => {
  test('are distinguished by the shortest unique end of their ids', () => {
    const agents = ['agent_1xaaaa', 'agent_1ybbbb', 'agent_2xaaaa'].map((agent_id) => overviewOf({ agent_id }));
    expect([...shortIds(agents)]).toEqual([
      ['agent_1xaaaa', '1xaaaa'],
      ['agent_1ybbbb', '1ybbbb'],
      ['agent_2xaaaa', '2xaaaa'],
    ]);
  });

  test('an agent with a unique name has no short id', () => {
    const agents = [
      overviewOf({ agent_id: 'agent_1', name: 'Bob' }),
      overviewOf({ agent_id: 'agent_2', name: 'Lisa' }),
    ];
    expect(shortIds(agents).size).toBe(0);
  });

  test('names that differ only in case or outer spaces count as the same', () => {
    const agents = [overviewOf({ agent_id: 'agent_1111' }), overviewOf({ agent_id: 'agent_2222', name: 'LISA ' })];
    expect([...shortIds(agents).values()]).toEqual(['1111', '2222']);
  });
});
