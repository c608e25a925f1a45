import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { fromAgent, isEligible } from '../../../shared/domain/eligibility.ts';
import { assessHealth } from '../../../shared/domain/health.ts';
import { nameOf } from '../../../shared/domain/merge-name.ts';
import { isEvidence, linkedRows, type ObservedState } from '../../../shared/domain/observed-state.ts';
import { plan } from '../../../shared/domain/plan.ts';
import type { Plan } from '../../../shared/domain/plan-types.ts';
import { inputOf, inventoryOfWorld, RUNS, readableWorlds, type World, worlds } from './arbitraries.ts';
import { applied, type PlatformRow } from './in-memory-table.ts';

function holds(property: (world: World) => void, given = worlds): void {
  fc.assert(fc.property(given, property), { numRuns: RUNS });
}

describe('any plan', () => {
  test('once carried out, leaves nothing to do', () => {
    holds((world) => {
      const first = plan(inputOf(world));
      const after = applied(world, first);
      const second = plan(inputOf({ ...world, ...after }, inventoryOfWorld(world)));
      expect(second).toMatchObject({ creates: [], links: [], updates: [], restores: [], orphans: [], confirms: [] });
      expect(second).toMatchObject({ conflicts: [], agreements: [] });
      // Renames go to Retell, which stays as it is here.
      expect(second.pushes.map(({ agent }) => agent)).toEqual(first.pushes.map(({ agent }) => agent));
      expect(world.settings.createsAgents ? [] : second.creations).toEqual([]);
    });
  });

  test('is the same in whatever order agents and rows come', () => {
    const shuffled = readableWorlds.chain((world) =>
      fc.record({
        world: fc.constant(world),
        rows: fc.shuffledSubarray([...world.rows], { minLength: world.rows.length }),
        listed: fc.shuffledSubarray([...world.listed], { minLength: world.listed.size }),
        remembered: fc.shuffledSubarray([...world.remembered], { minLength: world.remembered.size }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ world, rows, listed, remembered }) => {
        const other = { ...world, rows, listed: new Map(listed), remembered: new Map(remembered) };
        expect(sorted(plan(inputOf(other)))).toEqual(sorted(plan(inputOf(world))));
      }),
      { numRuns: RUNS },
    );
  });

  test('orphans an active row only on what Retell itself said in this run', () => {
    holds((world) => {
      const { settings } = world;
      for (const { row, observation, reason } of plan(inputOf(world)).orphans) {
        expect(row.sync_status).toBe('active');
        expect(observation.agent_id).toBe(row.agent_id);
        expect(isEvidence(observation, inventoryOfWorld(world).evidence_since)).toBe(true);
        const { agent } = observation;
        expect(agent === null || !isEligible(fromAgent(agent), settings.namePatterns)).toBe(true);
        expect(reason).not.toBe('');
      }
    });
  });

  test('gives no agent two rows, and no row two agents', () => {
    holds((world) => {
      const given = plan(inputOf(world));
      const agents = [...given.creates, ...given.links].map(({ observation }) => observation.agent_id);
      expect(new Set(agents).size).toBe(agents.length);
      const linked = given.links.map(({ row }) => row.id);
      expect(new Set(linked).size).toBe(linked.length);
      const living = applied(world, given)
        .rows.filter(isLiving)
        .map(({ agent_id }) => agent_id);
      expect(new Set(living).size).toBe(living.length);
    });
  });

  test('never touches what the platform owns, nor a row that is deleted', () => {
    holds((world) => {
      const after = new Map(applied(world, plan(inputOf(world))).rows.map((row) => [row.id, row]));
      for (const row of world.rows) {
        expect(owned(after.get(row.id))).toEqual(owned(row));
      }
      const deleted = world.rows.filter((row) => row.sync_status === 'deleted');
      expect(deleted.map(({ id }) => after.get(id))).toEqual(deleted);
    });
  });

  test('never brings an agent back whose row was deleted', () => {
    holds((world) => {
      const { creates, links } = plan(inputOf(world));
      const deleted = new Set(world.rows.filter((row) => row.sync_status === 'deleted').map((row) => row.agent_id));
      expect([...creates, ...links].filter(({ observation }) => deleted.has(observation.agent_id))).toEqual([]);
    });
  });

  test('puts each listed agent into exactly one place', () => {
    holds((world) => {
      const observed = inventoryOfWorld(world);
      const given = plan(inputOf(world));
      const moved = [given.creates, given.links, given.updates, given.restores, given.orphans].flat();
      const said = [...given.skips, ...given.problems].map(({ agent_id }) => agent_id);
      const changed = moved.map(({ observation }) => observation.agent_id);
      const renaming = given.pushes.map(({ agent }) => agent.agent_id);
      expect(new Set(changed).size).toBe(changed.length);
      const placed = new Set([...changed, ...said, ...renaming]);
      const left = [...observed.listed.keys()].filter(
        (id) => !placed.has(id) && !observed.pending.has(id) && !waitsForNamesakes(id, world, observed),
      );
      const elsewhere = [...linkedRows(world.rows).values()].filter(
        (row) => row.sync_status === 'active' && !observed.listed.has(row.agent_id ?? ''),
      );
      const quiet = elsewhere.filter(
        ({ agent_id }) => agent_id !== null && !placed.has(agent_id) && !observed.pending.has(agent_id),
      );
      expect(given.unchanged).toBe(left.length + quiet.length);
    });
  });

  test('links a row only to the one unlinked agent of its name, or to the one that was made for it', () => {
    holds((world) => {
      const given = plan(inputOf(world));
      const isMade = ({ row, observation }: Plan['links'][number]) =>
        world.created.get(row.id) === observation.agent_id;
      const made = new Set(given.links.filter(isMade));
      const named = given.links.filter((link) => !made.has(link));
      const unlinked = [...given.creates, ...named].map(({ observation }) => observation);
      for (const { row, observation } of given.links) {
        expect(row).toMatchObject({ agent_id: null, sync_status: 'active' });
        expect(given.conflicts.some(({ agent_id }) => agent_id === observation.agent_id)).toBe(
          row.name !== nameOf(observation.agent),
        );
      }
      for (const { row, observation } of named) {
        expect(unlinked.filter(({ agent }) => nameOf(agent) === row.name)).toEqual([observation]);
      }
    });
  });

  test('tells both names of a conflict, takes that of Retell, and pushes nothing then', () => {
    holds((world) => {
      const given = plan(inputOf(world));
      const after = applied(world, given).rows;
      for (const { agent_id, retell_name, database_name } of given.conflicts) {
        expect(database_name).not.toBe(retell_name);
        // An agent that was made for a row has no agreement yet.
        const linked = given.links.some(({ observation }) => observation.agent_id === agent_id);
        const agreed = linked ? undefined : world.agreed.get(agent_id);
        expect(linked || agreed !== undefined).toBe(true);
        expect([retell_name, database_name]).not.toContain(agreed);
        expect(!linked && world.underway.get(agent_id) === retell_name).toBe(false);
        expect(given.pushes.filter(({ agent }) => agent.agent_id === agent_id)).toEqual([]);
        expect(after.find((row) => row.agent_id === agent_id && isLiving(row))?.name).toBe(retell_name);
      }
    });
  });

  test('pushes only what the platform alone renamed, and only when it may', () => {
    holds((world) => {
      for (const { row, agent } of plan(inputOf(world)).pushes) {
        expect(world.settings.direction).toBe('both');
        expect([world.agreed, world.underway].map((names) => names.get(agent.agent_id))).toContain(agent.agent_name);
        expect(row.name).not.toBe(agent.agent_name);
        expect(world.settings.namePatterns.test(row.name)).toBe(true);
      }
    });
  });

  test('leaves alone what could not be read', () => {
    holds((world) => {
      const observed = inventoryOfWorld(world);
      const given = plan(inputOf(world));
      const unknown = new Set([...observed.unreadable.keys(), ...observed.pending]);
      const writes = [given.creates, given.links, given.updates, given.restores, given.orphans, given.confirms].flat();
      expect(writes.filter(({ observation }) => unknown.has(observation.agent_id))).toEqual([]);
      const problems = new Set(given.problems.map(({ agent_id }) => agent_id));
      expect([...observed.unreadable.keys()].filter((agent_id) => !problems.has(agent_id))).toEqual([]);
    });
  });
});

test('when everything could be read and nothing waits for Retell, carrying the plan out makes the health 100', () => {
  holds((world) => {
    const observed = inventoryOfWorld(world);
    const given = plan(inputOf(world));
    fc.pre(given.pushes.length === 0 && given.problems.length === 0);
    const { rows } = applied(world, given);
    expect(assessHealth(observed, rows, world.settings.namePatterns)).toMatchObject({ score: 100, discrepancies: [] });
  }, readableWorlds);
});

/** A row without an agent is of that name, and whether there is just one is not known yet. */
function waitsForNamesakes(
  agent_id: string,
  { rows }: World,
  { listed, pending, observations }: ObservedState,
): boolean {
  const name = observations.get(agent_id)?.agent?.agent_name;
  const isNamesake = (id: string) => listed.get(id)?.agent_name === name;
  const hasRow = linkedRows(rows).has(agent_id);
  return !hasRow && [...pending].some(isNamesake) && rows.some((row) => row.agent_id === null && row.name === name);
}

function isLiving(row: PlatformRow): boolean {
  return row.agent_id !== null && row.sync_status !== 'deleted';
}

function owned(row: PlatformRow | undefined) {
  const { description, image, audio, empathy, exploration, rapport, speed } = row ?? {};
  return { description, image, audio, empathy, exploration, rapport, speed };
}

/** Each list in an order of its own. */
function sorted(given: Plan): object {
  return Object.fromEntries(
    Object.entries(given).map(([kind, list]) => [
      kind,
      Array.isArray(list) ? list.map((item) => JSON.stringify(item)).sort() : list,
    ]),
  );
}
