import { describe, expect, test } from '@jest/globals';
import { chooseAgents, parseChoice, type StateFilter } from '../../functions/console/page/agents/choose-agents.ts';
import type { OpenConflict, Run, Status, SyncState, Warning } from '../../functions/console/page/data/api-types.ts';
import { type ShownStatus, unscoredRuns } from '../../functions/console/page/data/queries.ts';
import { blockedRun, listWarnings, statementIn, withoutIds } from '../../functions/console/page/overview/attention.ts';
import { type Headline, headline } from '../../functions/console/page/overview/headline.ts';
import { type AgentStats, agentStats, figuresOf } from '../../functions/console/page/overview/stats.ts';
import { parseRange, trendPoints, trendSummary, within } from '../../functions/console/page/overview/trend-points.ts';
import { type TabState, tabIcon, tabTitle } from '../../functions/console/page/shell/tab.ts';
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

const WARNING: Warning = {
  code: 'duplicate_name',
  kind: 'duplicate_name',
  action: 'rename_agent',
  agent_ids: ['agent_1', 'agent_2'],
  text: '2 agents are named "Bob" (agent_1, agent_2): rename all but one in Retell.',
  details: '',
};
const CONFLICT: OpenConflict = {
  agent_id: 'agent_1',
  name: 'R',
  retell_name: 'R',
  database_name: 'D',
  run_id: 1,
  decided_at: '2026-03-01T00:00:00.000Z',
};

describe('what needs attention', () => {
  test.each([
    ['conflicts', 'name_conflict'],
    ['orphans, which need no attention until a cleanup,', 'orphans_to_clean_up'],
  ] as const)('leaves %s out of the warnings', (_, code) => {
    expect(listWarnings({ advice: [WARNING, { ...WARNING, code }] })).toEqual([WARNING]);
  });

  test.each([
    [WARNING.text, '2 agents are named "Bob": rename all but one in Retell.'],
    ['7 agents are named "Bob" (agent_1, agent_2, ...): rename', '7 agents are named "Bob": rename'],
    ['Agent "Bob (old)" (agent_1) has a draft', 'Agent "Bob (old)" has a draft'],
  ])('shows %s without the ids that are links', (text, shown) => {
    expect(withoutIds({ ...WARNING, text })).toBe(shown);
  });

  test('finds the statement to copy', () => {
    expect(statementIn('Run `alter table x;` as its owner.')).toBe('alter table x;');
    expect(statementIn(WARNING.text)).toBeNull();
  });

  test('finds the blocked run until a later sync passes, also that of an event', () => {
    const blocked = (state: SyncState, ...runs: readonly Run[]) => blockedRun({ state }, runs)?.run?.id ?? null;
    const held = runOf({ id: 4, status: 'held' });
    expect(blocked('unknown', held)).toBe(4);
    expect(blocked('in_sync', runOf({ id: 5 }), held)).toBeNull();
    expect(blocked('needs_confirmation', runOf({ id: 6, kind: 'webhook', status: 'held' }), runOf({ id: 5 }))).toBe(6);
    expect(blockedRun({ state: 'needs_confirmation' }, [])).toEqual({ run: null });
  });
});

test('the counts of the overview match the list of agents', () => {
  expect(agentStats(AGENTS)).toEqual({ active: 3, inRetell: 5, outOfSync: 3 });
});

test('each figure says what it is made of, and links to exactly what it counts', () => {
  const listed = (state: StateFilter) => chooseAgents(AGENTS, { ...parseChoice({}), state }).length;
  const figures = figuresOf(AGENTS);
  expect(figures.map(({ name, of, parts, rest }) => [name, of.number, parts.map(({ word }) => word), rest])).toEqual([
    ['Agents in Retell', 5, ['interviewers', 'skipped', 'without an interviewer'], 'the account is empty'],
    ['Interviewers', 3, ['in sync', 'out of sync', 'not read yet'], 'none active'],
    ['Out of sync', 3, [], '1 with another name, 1 without an interviewer, 1 back from being orphaned'],
    ['Orphans', 1, [], 'a cleanup archives them'],
  ]);
  for (const { of, parts } of figures) {
    expect(listed(of.state)).toBe(of.number);
    expect([0, of.number]).toContain(parts.reduce((sum, { number }) => sum + number, 0));
  }
  const [inRetell] = figures;
  for (const { number, state } of inRetell?.parts ?? []) expect(listed(state)).toBe(number);
});

describe('the headline', () => {
  const stats = (given: Partial<AgentStats>): AgentStats => ({
    active: 3,
    inRetell: 3,
    outOfSync: 0,
    ...given,
  });
  const of = (status: Partial<ShownStatus>, given: Partial<AgentStats> = {}) =>
    headline({ ...statusOf({ as_of: '2026-03-01T00:00:00.000Z', health_score: 100 }), ...status }, stats(given));
  const blocked = 'The orphan guard blocked run 7: a person must confirm it';

  test.each<[string, SyncState, string, Headline]>([
    ['before the first comparison', 'unknown', 'never compared in full. A dry run', of({ as_of: null })],
    ['in sync', 'in_sync', 'Every eligible agent has an interviewer that matches it.', of({ state: 'in_sync' })],
    ['one agent differs', 'out_of_sync', '1 agent is out of sync.', of({ state: 'out_of_sync' }, { outOfSync: 1 })],
    ['several differ since it was in sync', 'out_of_sync', '2 agents', of({ state: 'in_sync' }, { outOfSync: 2 })],
    ['fixed since', 'out_of_sync', 'Fixed since? Check again.', of({ state: 'out_of_sync' })],
    [
      'an empty account',
      'in_sync',
      'The Retell account has no agents.',
      of({ state: 'in_sync' }, { active: 0, inRetell: 0 }),
    ],
    ['a failed comparison', 'unknown', 'This is what was known before.', of({ state: 'unknown' })],
    ['a blocked sync', 'needs_confirmation', `${blocked}.`, of({ state: 'needs_confirmation', reason: blocked })],
  ])('%s', (_case, state, sentence, shown) => {
    expect(shown).toMatchObject({ state, sentence: expect.stringContaining(sentence) });
  });

  test.each<[string, string, Partial<Status>]>([
    ['good', 'matches it.', {}],
    ['warn', 'matches it. 1 name conflict below.', { conflicts: [CONFLICT] }],
    ['warn', 'matches it. 1 warning below.', { advice: [WARNING] }],
    [
      'warn',
      'matches it. 1 name conflict and 2 warnings below.',
      { conflicts: [CONFLICT], advice: [WARNING, WARNING] },
    ],
  ])('is green only where nothing is listed: %s, %s', (tone, sentence, given) => {
    const shown = of({ state: 'in_sync', ...given });
    expect(shown).toMatchObject({ label: { word: 'In sync', tone } });
    expect(shown.sentence.endsWith(sentence)).toBe(true);
  });

  test('advises no dry run while the service cannot be reached', () => {
    const reason = 'The service could not be reached';
    const { sentence } = of({ state: 'unknown', as_of: null, reason, isOld: true });
    expect(sentence).toBe('The service could not be reached.');
  });

  test('names no status code', () => {
    const { sentence } = of({ state: 'unknown', reason: 'The last comparison failed: no money (status 402)' });
    expect(sentence).toBe('The last comparison failed: no money. This is what was known before.');
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
  const unscored = { health_score: null, discrepancies: null };
  const partial = runOf({ ...unscored, id: 5, status: 'partial', started_at: '2026-03-01T00:45:00.000Z' });
  const points = trendPoints(
    [point(1, '2026-03-01T00:00:00.000Z', 90), point(3, '2026-03-01T02:00:00.000Z', 80)],
    [
      runOf({ ...unscored, id: 9, status: 'running', started_at: '2026-03-01T04:00:00.000Z' }),
      runOf({ ...unscored, id: 4, status: 'failed', kind: 'webhook', started_at: '2026-03-01T03:00:00.000Z' }),
      runOf({ id: 3, started_at: '2026-03-01T02:00:00.000Z' }),
      runOf({ ...unscored, id: 2, status: 'failed', kind: 'scheduled', started_at: '2026-03-01T01:00:00.000Z' }),
      partial,
      partial,
    ],
  );

  test('has a gap where a comparison failed or has no score', () => {
    expect(points.map(({ run_id, score, gap }) => [run_id, score, gap])).toEqual([
      [1, 90, null],
      [5, null, 'not scored'],
      [2, null, 'failed'],
      [3, 80, null],
    ]);
  });

  test.each([1, 10, 24, 60])(
    'loads its older gaps again before the newest runs leave one out, from run %d on',
    (from) => {
      const newest = (last: number) => Array.from({ length: Math.min(last, 50) }, (_, index) => ({ id: last - index }));
      const key = (last: number) => JSON.stringify(unscoredRuns(newest(last)).queryKey);
      const sameKey = Array.from({ length: 100 }, (_, more) => from + more).filter((last) => key(last) === key(from));
      for (const last of sameKey) expect(newest(last).at(-1)?.id).toBeLessThanOrEqual(from + 1);
    },
  );

  test('is limited to the chosen time span', () => {
    const now = Date.parse('2026-03-02T00:30:00.000Z');
    expect(within(points, parseRange('24h'), now).map(({ run_id }) => run_id)).toEqual([5, 2, 3]);
    expect(within(points, parseRange('7d'), now)).toHaveLength(4);
    expect(parseRange('a week')).toBe(parseRange('24h'));
  });

  test('has a summary for screen readers', () => {
    expect(trendSummary(points)).toBe('Health from 90 to 80 over 2 checks, 80 at its lowest. 1 failed. 1 not scored.');
    expect(trendSummary(points.slice(0, 1))).toBe('Health from 90 to 90 over 1 check, 90 at its lowest.');
    expect(trendSummary([])).toBe('No check has succeeded in this time.');
  });
});

describe('the tab', () => {
  const tab = (state: SyncState, tone: TabState['tone']): TabState => ({ state, tone, score: 75 });
  test.each<[string, TabState]>([
    ['● 75 · Agents · Voice agent sync', tab('out_of_sync', 'bad')],
    ['✓ 75 · Agents · Voice agent sync', tab('in_sync', 'good')],
    ['● 75 · Agents · Voice agent sync', tab('in_sync', 'warn')],
    ['! 75 · Agents · Voice agent sync', tab('needs_confirmation', 'warn')],
    ['? · Agents · Voice agent sync', tab('unknown', 'calm')],
  ])('says %s', (title, state) => {
    expect(tabTitle('Agents', state)).toBe(title);
  });

  test('has an icon of the color of the headline, distinct for each', () => {
    const tones = ['good', 'warn', 'bad', 'calm', 'live'] as const;
    const icons = tones.map((tone) => decodeURIComponent(tabIcon(tone).replace('data:image/svg+xml,', '')));
    expect(new Set(icons).size).toBe(tones.length);
    for (const icon of icons) expect(icon).toMatch(/^<svg .*fill="#[\da-f]{6}".*<\/svg>$/);
  });
});
