import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { nameOf } from '../../../shared/domain/agent.ts';
import { type Change, changesOf, isWrite, type LinkChange } from '../../../shared/domain/change.ts';
import { fromAgent, isEligible } from '../../../shared/domain/eligibility.ts';
import { assessHealth } from '../../../shared/domain/health.ts';
import { isEvidence, linkedRows, type ObservedState } from '../../../shared/domain/observed-state.ts';
import { plan } from '../../../shared/domain/plan.ts';
import type { Plan } from '../../../shared/domain/plan-types.ts';
import { inputOf, observe, RUNS, readableScenarios, type Scenario, scenarios } from './arbitraries.ts';
import { applied, type TableRow } from './in-memory-table.ts';

function holds(property: (scenario: Scenario) => void, given = scenarios): void {
  fc.assert(fc.property(given, property), { numRuns: RUNS });
}

describe('any plan', () => {
  test('once applied, leaves no change but pushes, skips and errors', () => {
    holds((scenario) => {
      const first = plan(inputOf(scenario));
      const rows = applied(scenario.rows, first);
      const second = plan(inputOf({ ...scenario, rows }, observe(scenario)));
      expect(second.changes.filter(isWrite)).toEqual([]);
      expect(changesOf(second.changes, 'conflict')).toEqual([]);
      expect(second.mergeBases).toEqual([]);
      // Pushes go to Retell, which does not change here.
      const pushedAgents = ({ changes }: Plan) => changesOf(changes, 'push').map(({ agent }) => agent);
      expect(pushedAgents(second)).toEqual(pushedAgents(first));
      expect(scenario.policy.createsAgents ? [] : changesOf(second.changes, 'create_agent')).toEqual([]);
    });
  });

  test('is the same in any order of agents and rows', () => {
    const shuffled = readableScenarios.chain((scenario) =>
      fc.record({
        scenario: fc.constant(scenario),
        rows: fc.shuffledSubarray([...scenario.rows], { minLength: scenario.rows.length }),
        listed: fc.shuffledSubarray([...scenario.listed], { minLength: scenario.listed.size }),
        stored: fc.shuffledSubarray([...scenario.stored], { minLength: scenario.stored.size }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ scenario, rows, listed, stored }) => {
        const other = { ...scenario, rows, listed: new Map(listed), stored: new Map(stored) };
        expect(sorted(plan(inputOf(other)))).toEqual(sorted(plan(inputOf(scenario))));
      }),
      { numRuns: RUNS },
    );
  });

  test('[S12] orphans an active row only on an observation of this run', () => {
    holds((scenario) => {
      for (const { row, observation, reason } of changesOf(plan(inputOf(scenario)).changes, 'orphan')) {
        expect(row.sync_status).toBe('active');
        expect(observation.agent_id).toBe(row.agent_id);
        expect(isEvidence(observation, observe(scenario).evidence_since)).toBe(true);
        const { agent } = observation;
        expect(agent === null || !isEligible(fromAgent(agent), scenario.policy.rules)).toBe(true);
        expect(reason).not.toBe('');
      }
    });
  });

  test('gives no agent two rows, and no row two agents', () => {
    holds((scenario) => {
      const given = plan(inputOf(scenario));
      const links = changesOf(given.changes, 'link');
      const agents = [...changesOf(given.changes, 'create'), ...links].map(({ agent_id }) => agent_id);
      expect(new Set(agents).size).toBe(agents.length);
      const linked = links.map(({ row }) => row.id);
      expect(new Set(linked).size).toBe(linked.length);
      const living = applied(scenario.rows, given)
        .filter(isLiving)
        .map(({ agent_id }) => agent_id);
      expect(new Set(living).size).toBe(living.length);
    });
  });

  test('changes no column that the platform owns, and no deleted row', () => {
    holds((scenario) => {
      const after = new Map(applied(scenario.rows, plan(inputOf(scenario))).map((row) => [row.id, row]));
      for (const row of scenario.rows) {
        expect(platformColumns(after.get(row.id))).toEqual(platformColumns(row));
      }
      const deleted = scenario.rows.filter((row) => row.sync_status === 'deleted');
      expect(deleted.map(({ id }) => after.get(id))).toEqual(deleted);
    });
  });

  test('never restores an agent whose row was deleted', () => {
    holds((scenario) => {
      const newcomers = changesOf(plan(inputOf(scenario)).changes, 'create', 'link');
      const deleted = new Set(scenario.rows.filter((row) => row.sync_status === 'deleted').map((row) => row.agent_id));
      expect(newcomers.filter(({ agent_id }) => deleted.has(agent_id))).toEqual([]);
    });
  });

  test('accounts for each listed agent exactly once', () => {
    holds((scenario) => {
      const observed = observe(scenario);
      const given = plan(inputOf(scenario));
      const written = changesOf(given.changes, 'create', 'link', 'update', 'restore', 'orphan').map(idOf);
      expect(new Set(written).size).toBe(written.length);
      const placed = new Set([...written, ...changesOf(given.changes, 'skip', 'error', 'push').map(idOf)]);
      const left = [...observed.listed.keys()].filter(
        (id) => !placed.has(id) && !observed.pending.has(id) && !waitsForNamesakes(id, scenario, observed),
      );
      const unlisted = [...linkedRows(scenario.rows).values()].filter(
        ({ agent_id, sync_status }) =>
          sync_status === 'active' &&
          !observed.listed.has(agent_id) &&
          !placed.has(agent_id) &&
          !observed.pending.has(agent_id),
      );
      expect(given.unchanged).toBe(left.length + unlisted.length);
    });
  });

  test('links a row only to the one unlinked agent of its name, or to the agent created for it', () => {
    holds((scenario) => {
      const { changes } = plan(inputOf(scenario));
      const links = changesOf(changes, 'link');
      const wasCreated = ({ row, agent_id }: LinkChange) => scenario.createdAgents.get(row.id) === agent_id;
      const named = links.filter((link) => !wasCreated(link));
      const unlinked = [...changesOf(changes, 'create'), ...named].map(({ observation }) => observation);
      for (const { row, observation } of links) {
        expect(row).toMatchObject({ agent_id: null, sync_status: 'active' });
        const conflicts = changesOf(changes, 'conflict').some(({ agent_id }) => agent_id === observation.agent_id);
        expect(conflicts).toBe(row.name !== nameOf(observation.agent));
      }
      for (const { row, observation } of named) {
        expect(unlinked.filter(({ agent }) => nameOf(agent) === row.name)).toEqual([observation]);
      }
    });
  });

  test('reports both names of a conflict, takes that of Retell, and pushes neither', () => {
    holds((scenario) => {
      const given = plan(inputOf(scenario));
      const after = applied(scenario.rows, given);
      const linked = new Set(changesOf(given.changes, 'link').map(idOf));
      const rows = linkedRows(scenario.rows);
      for (const { agent_id, retell_name, database_name } of changesOf(given.changes, 'conflict')) {
        expect(database_name).not.toBe(retell_name);
        const row = rows.get(agent_id);
        const renamedOnBothSides =
          row?.base_retell_name !== null &&
          row?.base_retell_name !== retell_name &&
          row?.base_database_name !== database_name &&
          row?.pending_name !== retell_name;
        expect(linked.has(agent_id) || renamedOnBothSides).toBe(true);
        expect(changesOf(given.changes, 'push').filter((push) => push.agent_id === agent_id)).toEqual([]);
        expect(after.find((row) => row.agent_id === agent_id && isLiving(row))?.name).toBe(retell_name);
      }
    });
  });

  test('pushes only a name that only the platform changed and that matches a pattern', () => {
    holds((scenario) => {
      for (const { row, agent } of changesOf(plan(inputOf(scenario)).changes, 'push')) {
        expect(scenario.policy.direction).toBe('both');
        expect([row.base_retell_name, row.pending_name]).toContain(agent.agent_name);
        expect(row.name).not.toBe(agent.agent_name);
        expect(scenario.policy.rules.namePatterns.test(row.name)).toBe(true);
      }
    });
  });

  test('writes nothing about an agent that could not be read, and reports each', () => {
    holds((scenario) => {
      const observed = observe(scenario);
      const { changes } = plan(inputOf(scenario));
      const unknown = new Set([...observed.unreadable.keys(), ...observed.pending]);
      expect(changes.filter(isWrite).filter(({ agent_id }) => unknown.has(agent_id))).toEqual([]);
      const errors = new Set(changesOf(changes, 'error').map(idOf));
      expect([...observed.unreadable.keys()].filter((agent_id) => !errors.has(agent_id))).toEqual([]);
    });
  });
});

test('applying the plan makes the health 100 if everything could be read and nothing is to be pushed', () => {
  holds((scenario) => {
    const given = plan(inputOf(scenario));
    fc.pre(changesOf(given.changes, 'push', 'error').length === 0);
    const health = assessHealth(observe(scenario), applied(scenario.rows, given), scenario.policy.rules);
    expect(health).toMatchObject({ score: 100, discrepancies: [] });
  }, readableScenarios);
});

function idOf({ agent_id }: Pick<Change, 'agent_id'>): string | null {
  return agent_id;
}

/** A row without an agent has that name, and it is not known yet whether another agent has it. */
function waitsForNamesakes(agent_id: string, { rows }: Scenario, { listed, pending, observations }: ObservedState) {
  const name = observations.get(agent_id)?.agent?.agent_name;
  const isNamesake = (id: string) => listed.get(id)?.agent_name === name;
  const hasRow = linkedRows(rows).has(agent_id);
  return !hasRow && [...pending].some(isNamesake) && rows.some((row) => row.agent_id === null && row.name === name);
}

function isLiving(row: TableRow): boolean {
  return row.agent_id !== null && row.sync_status !== 'deleted';
}

function platformColumns(row: TableRow | undefined) {
  const { description, image, audio, empathy, exploration, rapport, speed } = row ?? {};
  return { description, image, audio, empathy, exploration, rapport, speed };
}

/** Each list in its own order. */
function sorted(given: Plan): object {
  return Object.fromEntries(
    Object.entries(given).map(([kind, list]) => [
      kind,
      Array.isArray(list) ? list.map((item) => JSON.stringify(item)).sort() : list,
    ]),
  );
}
