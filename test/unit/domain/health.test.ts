import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { assessHealth, compare, healthStatus, missingInRetell } from '../../../shared/domain/health.ts';
import { observe, RUNS, readableScenarios } from './arbitraries.ts';
import { agentOf, listedOf, NOW, observationOf, observedOf, orphanOf, RULES, rowOf } from './builders.ts';

const agents = (count: number) => Array.from({ length: count }, (_, index) => agentOf({ agent_id: `agent_${index}` }));
const rows = (count: number) => agents(count).map(({ agent_id }) => rowOf({ id: agent_id, agent_id }));

describe('the score', () => {
  test('of four eligible agents with three of them in sync is 75', () => {
    const { score, discrepancies } = assessHealth(observedOf(agents(4)), rows(3), RULES);
    expect(score).toBe(75);
    expect(discrepancies).toEqual([
      {
        agent_id: 'agent_3',
        name: 'Bob',
        voice_id: 'voice_1',
        status: 'missing_in_db',
        details: 'Eligible agent exists in Retell AI but not in the database',
        points: 25,
      },
    ]);
  });

  test('is 100 if there is nothing to compare', () => {
    expect(assessHealth(observedOf([]), [], RULES)).toEqual({ score: 100, discrepancies: [], eligible: [] });
  });

  test('is rounded down, so that 100 means that everything is in sync', () => {
    const { score, discrepancies } = assessHealth(observedOf(agents(1_000)), rows(999), RULES);
    expect({ score, points: discrepancies.map(({ points }) => points) }).toEqual({ score: 99, points: [0.1] });
  });

  test('counts an agent with any drift as half', () => {
    const scoreOf = (row: object) => assessHealth(observedOf([agentOf()]), [rowOf(row)], RULES).score;
    expect([{ name: 'Lisa' }, { voice_id: null }, { name: 'Lisa', voice_id: 'v2' }, {}].map(scoreOf)).toEqual([
      50, 50, 50, 100,
    ]);
  });

  test('does not count orphans, deleted rows, and rows without an agent', () => {
    const others = [
      orphanOf({ id: '2', agent_id: 'agent_8' }),
      rowOf({ id: '3', agent_id: 'agent_9', sync_status: 'deleted' }),
      rowOf({ id: '4', agent_id: null }),
      rowOf({ id: '5', agent_id: '' }),
    ];
    expect(assessHealth(observedOf([agentOf()]), [rowOf(), ...others], RULES)).toMatchObject({ score: 100 });
  });

  test('does not count an agent whose row the platform deleted', () => {
    const deleted = rowOf({ sync_status: 'deleted' });
    expect(assessHealth(observedOf([agentOf()]), [deleted], RULES)).toEqual({
      score: 100,
      discrepancies: [],
      eligible: [],
    });
  });

  test('judges an active row by get-agent only, and an agent without a row by its listing too', () => {
    const listed = new Map([['agent_1', listedOf({ channel: 'chat' })]]);
    const observed = observedOf([agentOf()], { listed });
    expect(assessHealth(observed, [rowOf()], RULES)).toMatchObject({ score: 100, eligible: [agentOf()] });
    expect(assessHealth(observed, [], RULES)).toMatchObject({ score: 100, eligible: [] });
    const unlisted = observedOf([agentOf()], { listed: new Map() });
    expect(assessHealth(unlisted, [orphanOf()], RULES)).toMatchObject({ score: 100, eligible: [] });
  });
});

describe('a discrepancy', () => {
  const base = { agent_id: 'agent_1', name: 'Bob', voice_id: 'voice_1', last_synced: NOW.toISOString() };

  test('shows both values of each field that differs', () => {
    expect(compare(agentOf({ voice_id: 'v2', agent_name: 'Lisa' }), rowOf({ voice_id: null }))).toEqual([
      {
        ...base,
        voice_id: 'v2',
        status: 'voice_mismatch',
        details: 'Voice is not set in the database, "v2" in Retell',
        differences: [{ field: 'voice_id', database: null, retell: 'v2', newer: 'retell' }],
        weight: 0.25,
      },
      {
        ...base,
        voice_id: 'v2',
        status: 'name_mismatch',
        details: 'Name is "Bob" in the database, "Lisa" in Retell',
        differences: [{ field: 'name', database: 'Bob', retell: 'Lisa', newer: 'retell' }],
        weight: 0.25,
      },
    ]);
    expect(compare(agentOf({ agent_name: null, voice_id: null }), rowOf({ voice_id: null }))).toEqual([
      {
        agent_id: 'agent_1',
        name: 'Bob',
        last_synced: NOW.toISOString(),
        status: 'name_mismatch',
        details: 'Name is "Bob" in the database, not set in Retell',
        differences: [{ field: 'name', database: 'Bob', retell: null, newer: 'retell' }],
        weight: 0.5,
      },
    ]);
    expect(compare(agentOf(), rowOf())).toEqual([]);
  });

  test.each([
    ['Bob', 'Lisa', 'retell'],
    ['Lisa', 'Bob', 'database'],
    ['Lisa', 'Robert', null],
  ])('names the side that is newer: %s in the database, %s in Retell', (name, agent_name, newer) => {
    const row = rowOf({ name, base_retell_name: 'Bob', base_database_name: 'Bob' });
    expect(compare(agentOf({ agent_name }), row)[0]?.differences).toEqual([
      { field: 'name', database: name, retell: agent_name, newer },
    ]);
  });

  test('is not found for a pair of names that agree', () => {
    const pair = rowOf({ name: 'Explorer Lisa', base_retell_name: null, base_database_name: null });
    expect(compare(agentOf({ agent_name: 'Lisa' }), pair)).toEqual([]);
  });

  test('of an orphan whose agent is back shows why it was orphaned', () => {
    const details = (reason: string) =>
      `The interviewer is orphaned (${reason}), but its agent is in Retell and eligible`;
    expect(compare(agentOf(), orphanOf())).toEqual([
      { ...base, status: 'orphaned', details: details('It was gone'), weight: 1 },
    ]);
    expect(compare(agentOf(), orphanOf({ orphan_reason: null }))[0]?.details).toBe(details('no reason kept'));
  });

  test('of an active row shows whether its agent is gone or no longer eligible', () => {
    const details = 'The interviewer is active, but its agent is not in Retell AI';
    expect(missingInRetell(rowOf(), null)).toEqual({ ...base, status: 'missing_in_retell', details, weight: 1 });
    expect(missingInRetell(rowOf({ voice_id: null, last_synced_at: null }), agentOf())).toEqual({
      agent_id: 'agent_1',
      name: 'Bob',
      status: 'missing_in_retell',
      details: 'The interviewer is active, but its agent is no longer eligible',
      weight: 1,
    });
    const detailsOf = (observation: ReturnType<typeof observationOf> | undefined) => {
      const observations = new Map(observation === undefined ? [] : [['agent_1', observation]]);
      return assessHealth(observedOf([], { observations }), [rowOf()], RULES).discrepancies[0]?.details;
    };
    expect(detailsOf(undefined)).toContain('not in Retell');
    expect(detailsOf(observationOf(null))).toContain('not in Retell');
    expect(detailsOf(observationOf(agentOf({ voice_id: null })))).toContain('no longer eligible');
  });
});

test('the health status follows the thresholds 90, 70 and 50', () => {
  expect([100, 90, 89, 70, 69, 50, 49, 0].map((score) => healthStatus(score, []))).toEqual([
    'excellent',
    'excellent',
    'good',
    'good',
    'fair',
    'fair',
    'poor',
    'poor',
  ]);
});

test('for any two sides, the score is from 0 to 100, 100 exactly without discrepancies, and the points add up to the loss', () => {
  fc.assert(
    fc.property(readableScenarios, (scenario) => {
      const { score, discrepancies } = assessHealth(observe(scenario), scenario.rows, RULES);
      expect(Number.isInteger(score) && score >= 0 && score <= 100).toBe(true);
      expect(score === 100).toBe(discrepancies.length === 0);
      const lost = discrepancies.reduce((sum, { points }) => sum + points, 0);
      // Points are rounded to hundredths, the score is rounded down.
      expect(Math.abs(100 - lost - score)).toBeLessThan(1 + discrepancies.length * 0.005);
      expect(discrepancies.every(({ points }) => points > 0)).toBe(true);
    }),
    { numRuns: RUNS },
  );
});

test('the health status is at most fair while an active interviewer has no agent', () => {
  const missing = [{ status: 'voice_mismatch' }, { status: 'missing_in_retell' }] as const;
  expect([99, 90, 70, 50, 49].map((score) => healthStatus(score, missing))).toEqual([
    'fair',
    'fair',
    'fair',
    'fair',
    'poor',
  ]);
  expect(healthStatus(95, [{ status: 'missing_in_db' }])).toBe('excellent');
});
