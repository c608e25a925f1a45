import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { assessHealth, compare, healthStatus, missingInRetell } from '../../../shared/domain/health.ts';
import { inventoryOfWorld, RUNS, readableWorlds } from './arbitraries.ts';
import { agentOf, inventoryOf, listedOf, NOW, orphanOf, PATTERNS, readingOf, rowOf } from './builders.ts';

const agents = (count: number) => Array.from({ length: count }, (_, index) => agentOf({ agent_id: `agent_${index}` }));
const rows = (count: number) => agents(count).map(({ agent_id }) => rowOf({ id: agent_id, agent_id }));

describe('the score', () => {
  test('of four eligible agents, three of them in step, is 75', () => {
    const { score, discrepancies } = assessHealth(inventoryOf(agents(4)), rows(3), PATTERNS);
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

  test('of nothing is 100', () => {
    expect(assessHealth(inventoryOf([]), [], PATTERNS)).toEqual({ score: 100, discrepancies: [], eligible: [] });
  });

  test('is rounded down, so that 100 means that nothing is out of step', () => {
    const { score, discrepancies } = assessHealth(inventoryOf(agents(1_000)), rows(999), PATTERNS);
    expect({ score, points: discrepancies.map(({ points }) => points) }).toEqual({ score: 99, points: [0.1] });
  });

  test('counts an agent that differs in anything half', () => {
    const scoreOf = (row: object) => assessHealth(inventoryOf([agentOf()]), [rowOf(row)], PATTERNS).score;
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
    expect(assessHealth(inventoryOf([agentOf()]), [rowOf(), ...others], PATTERNS)).toMatchObject({ score: 100 });
  });

  test('expects no row for an agent that the platform deleted', () => {
    const deleted = rowOf({ sync_status: 'deleted' });
    expect(assessHealth(inventoryOf([agentOf()]), [deleted], PATTERNS)).toEqual({
      score: 100,
      discrepancies: [],
      eligible: [],
    });
  });

  test('goes by what get-agent says for an active row, and by both for an agent without one', () => {
    const listed = new Map([['agent_1', listedOf({ channel: 'chat' })]]);
    const observed = inventoryOf([agentOf()], { listed });
    expect(assessHealth(observed, [rowOf()], PATTERNS)).toMatchObject({ score: 100, eligible: [agentOf()] });
    expect(assessHealth(observed, [], PATTERNS)).toMatchObject({ score: 100, eligible: [] });
    const unlisted = inventoryOf([agentOf()], { listed: new Map() });
    expect(assessHealth(unlisted, [orphanOf()], PATTERNS)).toMatchObject({ score: 100, eligible: [] });
  });
});

describe('a discrepancy', () => {
  const base = { agent_id: 'agent_1', name: 'Bob', voice_id: 'voice_1', last_synced: NOW.toISOString() };

  test('says in what an agent and its row differ', () => {
    expect(compare(agentOf({ voice_id: 'v2', agent_name: 'Lisa' }), rowOf({ voice_id: null }))).toEqual([
      {
        ...base,
        name: 'Lisa',
        voice_id: 'v2',
        status: 'voice_mismatch',
        details: 'Voice is not set in the database, "v2" in Retell',
        share: 0.25,
      },
      {
        ...base,
        name: 'Lisa',
        voice_id: 'v2',
        status: 'name_mismatch',
        details: 'Name is "Bob" in the database, "Lisa" in Retell',
        share: 0.25,
      },
    ]);
    expect(compare(agentOf({ agent_name: null, voice_id: null }), rowOf({ voice_id: null }))).toEqual([
      {
        agent_id: 'agent_1',
        name: '',
        last_synced: NOW.toISOString(),
        status: 'name_mismatch',
        details: 'Name is "Bob" in the database, not set in Retell',
        share: 0.5,
      },
    ]);
    expect(compare(agentOf(), rowOf())).toEqual([]);
  });

  test('says that an orphan is back, and why it was one', () => {
    const details = (reason: string) =>
      `The interviewer is orphaned (${reason}), but its agent is in Retell and eligible`;
    expect(compare(agentOf(), orphanOf())).toEqual([
      { ...base, status: 'orphaned', details: details('It was gone'), share: 1 },
    ]);
    expect(compare(agentOf(), orphanOf({ orphan_reason: null }))[0]?.details).toBe(details('no reason kept'));
  });

  test('says whether the agent of an active row is gone, or no longer eligible', () => {
    const details = 'The interviewer is active, but its agent is not in Retell AI';
    expect(missingInRetell(rowOf(), null)).toEqual({ ...base, status: 'missing_in_retell', details, share: 1 });
    expect(missingInRetell(rowOf({ voice_id: null, last_synced_at: null }), agentOf())).toEqual({
      agent_id: 'agent_1',
      name: 'Bob',
      status: 'missing_in_retell',
      details: 'The interviewer is active, but its agent is no longer eligible',
      share: 1,
    });
    const detailsOf = (observation: ReturnType<typeof readingOf> | undefined) => {
      const observations = new Map(observation === undefined ? [] : [['agent_1', observation]]);
      return assessHealth(inventoryOf([], { observations }), [rowOf()], PATTERNS).discrepancies[0]?.details;
    };
    expect(detailsOf(undefined)).toContain('not in Retell');
    expect(detailsOf(readingOf(null))).toContain('not in Retell');
    expect(detailsOf(readingOf(agentOf({ voice_id: null })))).toContain('no longer eligible');
  });
});

test('in words', () => {
  expect([100, 90, 89, 70, 69, 50, 49, 0].map(healthStatus)).toEqual([
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

test('whatever the two sides hold, the score is from 0 to 100, 100 exactly when nothing is out of step, and adds up', () => {
  fc.assert(
    fc.property(readableWorlds, (world) => {
      const { score, discrepancies } = assessHealth(inventoryOfWorld(world), world.rows, PATTERNS);
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
