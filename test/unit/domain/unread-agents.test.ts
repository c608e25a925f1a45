import { describe, expect, test } from '@jest/globals';
import type { Agent } from '../../../shared/domain/agent.ts';
import { auditReport, cutAuditReport } from '../../../shared/domain/audit-report.ts';
import { NOTHING_LEFT_OUT, type ObservedState } from '../../../shared/domain/observed-state.ts';
import {
  agentsToRemember,
  describeUnread,
  isScorable,
  nameAgents,
  unreadAgents,
  withoutUnread,
} from '../../../shared/domain/unread-agents.ts';
import { agentOf, listedOf, NOW, observationOf, observedOf, RULES, rowOf } from './builders.ts';

const agents = (count: number): readonly Agent[] =>
  Array.from({ length: count }, (_, index) => agentOf({ agent_id: `read_${index}`, agent_name: `Bob ${index}` }));

const ids = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `unread_${index}`);

/** An observed state with so many agents read, and so many not, each of which had failed before. */
function observed(read: number, unread: number, given: Partial<ObservedState> = {}): ObservedState {
  const unreadable = new Map(ids(unread).map((agent_id) => [agent_id, { name: null, reason: 'No response' }]));
  return observedOf(agents(read), { unreadable, unread_before: new Set(ids(unread)), ...given });
}

describe('what was read is scored', () => {
  test.each([
    ['everything was read', observed(0, 0)],
    ['an agent that failed before fails again', observed(1, 1)],
    ['at most five agents fail again, and as many were read', observed(5, 5)],
    ['at most a fifth of the agents fail again', observed(50, 10)],
    ['names and new agents are still to be pushed', observed(3, 0, { unpushed: 2 })],
    [
      'most agents are in sync and were not even read',
      { ...observed(0, 5), left_out: { ...NOTHING_LEFT_OUT, in_sync: 5 } },
    ],
  ])('if %s', (_, state) => {
    expect(isScorable(state)).toBe(true);
  });

  test.each([
    ['an agent fails for the first time', observed(10, 1, { unread_before: new Set() })],
    ['one of two agents fails for the first time', observed(10, 2, { unread_before: new Set(['unread_0']) })],
    ['no agent could be read', observed(0, 1)],
    ['fewer agents were read than failed', observed(4, 5)],
    ['more than five agents and a fifth of the agents fail', observed(20, 6)],
    [
      'the only agent that was read is gone',
      { ...observed(0, 1), observations: new Map([['x', observationOf(null, { agent_id: 'x' })]]) },
    ],
    [
      'only an older observation of the unread agent is known',
      { ...observed(0, 1), observations: new Map([['unread_0', observationOf(agentOf({ agent_id: 'unread_0' }))]]) },
    ],
    ['an agent is still to be read', observed(3, 0, { pending: new Set(['read_0']) })],
    ['a push is still to be read back', observed(3, 0, { unverified: 1 })],
    ['an item of the listing has no id', observed(3, 0, { unidentified: ['an item without an id'] })],
  ])('but not if %s', (_, state) => {
    expect(isScorable(state)).toBe(false);
  });
});

describe('an agent that could not be read', () => {
  const unreadable = new Map([['agent_1', { name: null, reason: 'No response' }]]);
  const silent = agentOf({ voice_id: 'voice_new' });
  const sides = {
    observed: observedOf([silent, agentOf({ agent_id: 'agent_2', agent_name: 'Lisa' })], { unreadable }),
    rows: [
      rowOf(),
      rowOf({ id: '2', agent_id: 'agent_2', name: 'Lisa', base_retell_name: 'Lisa', base_database_name: 'Lisa' }),
      rowOf({ id: '3', agent_id: null }),
    ],
  };
  const report = () =>
    auditReport({
      ...sides,
      rules: RULES,
      drafts: [],
      change_sources: { by_webhook: 0, by_schedule: 0, events_arrive: false },
      conflicts: [],
      now: NOW,
    });

  test('is left out of both sides, and everything else stays', () => {
    const seen = withoutUnread(sides);
    expect([...seen.observed.observations.keys()]).toEqual(['agent_2']);
    expect(seen.rows.map(({ id }) => id)).toEqual(['2', '3']);
    expect(seen.observed.listed).toBe(sides.observed.listed);
  });

  test('leaves both sides as they are when everything was read', () => {
    const all = { observed: observedOf([silent]), rows: sides.rows };
    const seen = withoutUnread(all);
    expect([seen.observed, seen.rows]).toEqual([all.observed, all.rows]);
    expect(seen.rows).toBe(all.rows);
  });

  test('is neither a discrepancy nor scored, and the report names it', () => {
    const { health_score, discrepancies, unread, summary, recommendations } = report();
    expect([health_score, discrepancies]).toEqual([100, []]);
    expect(unread).toEqual([{ agent_id: 'agent_1', name: 'Bob', reason: 'No response' }]);
    expect(summary).toMatchObject({ total_retell_agents: 2, total_database_agents: 2, unread_agents: 1 });
    expect(recommendations).toEqual([
      '1 agent could not be read, and the score leaves it out: "Bob" (agent_1). Look at the reasons in unread and open the agent in the Retell dashboard; each run tries again.',
    ]);
  });

  test('is cut from a report that is too long, which says so', () => {
    const whole = { ...report(), unread: [...report().unread, { agent_id: 'x', name: 'x', reason: 'x' }] };
    expect(cutAuditReport(whole, 1)).toMatchObject({ unread: report().unread, truncated: true });
    expect(cutAuditReport(whole, 2)).toBe(whole);
  });

  test('is not mentioned when everything was read', () => {
    const { summary, unread } = auditReport({
      observed: observedOf([]),
      rows: [],
      rules: RULES,
      drafts: [],
      change_sources: { by_webhook: 0, by_schedule: 0, events_arrive: false },
      conflicts: [],
      now: NOW,
    });
    expect(unread).toEqual([]);
    expect(summary).not.toHaveProperty('unread_agents');
    expect(describeUnread([])).toBeNull();
  });

  const nameless = (name: string | null) => new Map([['agent_1', { name, reason: 'No response' }]]);
  const listed = new Map([['agent_1', listedOf({ agent_name: 'listed' })]]);
  test.each([
    ["the listing's unusable item", observedOf([silent], { unreadable: nameless('item') }), [rowOf()], 'item'],
    ['its older observation', observedOf([silent], { unreadable: nameless(null), listed }), [rowOf()], 'Bob'],
    ['the listing', observedOf([], { unreadable: nameless(null), listed }), [rowOf()], 'listed'],
    ['its row', observedOf([], { unreadable: nameless(null) }), [rowOf({ name: 'of the row' })], 'of the row'],
    ['its id', observedOf([], { unreadable: nameless(null) }), [], 'agent_1'],
    [
      'its id, when Retell said that it is gone',
      observedOf([], { unreadable: nameless(null), observations: new Map([['agent_1', observationOf(null)]]) }),
      [],
      'agent_1',
    ],
  ])('is named by %s', (_, state, rows, name) => {
    expect(unreadAgents({ observed: state, rows })).toEqual([{ agent_id: 'agent_1', name, reason: 'No response' }]);
  });
});

test('a sentence names five agents and counts the others', () => {
  const named = ids(6).map((agent_id) => ({ agent_id, name: agent_id.toUpperCase() }));
  expect(nameAgents(named.slice(0, 2))).toBe('"UNREAD_0" (unread_0), "UNREAD_1" (unread_1)');
  expect(nameAgents(named)).toMatch(/"UNREAD_4" \(unread_4\), and 1 more$/);
  expect(nameAgents(named.slice(0, 1), 3)).toBe('"UNREAD_0" (unread_0), and 2 more');
  expect(describeUnread(named.slice(0, 2).map((agent) => ({ ...agent, reason: '' })))).toContain(
    '2 agents could not be read, and the score leaves them out: "UNREAD_0" (unread_0), "UNREAD_1" (unread_1).',
  );
});

describe('the next run must know', () => {
  test('agents that could not be read, and agents that did not respond in time', () => {
    const reads = { observed: observed(1, 1), rows: [], timedOut: new Map([['slow', 'Too late']]) };
    expect(agentsToRemember(reads)).toEqual([
      { agent_id: 'unread_0', name: 'unread_0', reason: 'No response' },
      { agent_id: 'slow', name: 'slow', reason: 'Too late' },
    ]);
  });

  test('a hundred agents', () => {
    const reads = { observed: observed(0, 100), rows: [], timedOut: new Map() };
    expect(agentsToRemember(reads)).toHaveLength(100);
  });

  test('only the agents known before, if more fail, as in an outage', () => {
    const unread_before = new Set(['unread_7']);
    const reads = { observed: observed(0, 101, { unread_before }), rows: [], timedOut: new Map() };
    expect(agentsToRemember(reads).map(({ agent_id }) => agent_id)).toEqual(['unread_7']);
  });
});
