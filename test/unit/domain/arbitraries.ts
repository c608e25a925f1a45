/* oxlint-disable oxc/no-map-spread -- it takes fast-check's map for an array's */
/** Arbitrary accounts and tables, in and out of step in every way, and the inventory that a run takes of them. */
import * as fc from 'fast-check';
import type { Agent, ListedAgent, Observation } from '../../../shared/domain/agent.ts';
import { type ObservedState, readNeeds } from '../../../shared/domain/observed-state.ts';
import type { PlanInput } from '../../../shared/domain/plan-types.ts';
import { agentOf, listedOf, MODIFIED, NOW, PATTERNS, RUN_BEGAN, rowOf } from './builders.ts';
import type { Platform, PlatformRow } from './in-memory-table.ts';

declare global {
  var PROPERTY_RUNS: number | undefined;
}
/** How many cases a property is tried on; fewer for each of a thousand mutants. */
export const RUNS = globalThis.PROPERTY_RUNS ?? 500;

const IDS = ['agent_1', 'agent_2', 'agent_3', 'agent_4', 'agent_5', 'agent_6'] as const;
const NAMES = ['Bob', 'Lisa', 'Flow', 'Kind Bob', 'Kabob', 'Support'] as const;
const LONG_AGO = new Date('2026-02-01T00:00:00Z');
const YESTERDAY = new Date('2026-02-28T12:00:00Z');

export interface World extends Platform {
  readonly listed: ReadonlyMap<string, ListedAgent>;
  /** What `get-agent` says; an agent that is not here is gone. */
  readonly agents: ReadonlyMap<string, Agent>;
  readonly remembered: ReadonlyMap<string, Observation>;
  /** Agents that Retell cannot be asked about. */
  readonly unreadable: ReadonlySet<string>;
  /** How many agents there is time to read. */
  readonly time: number;
  readonly underway: ReadonlyMap<string, string>;
  readonly created: ReadonlyMap<string, string>;
  readonly settings: PlanInput['settings'];
}

const name = fc.constantFrom(...NAMES);
const maybe = <Item>(arbitrary: fc.Arbitrary<Item>, often = 3) => fc.option(arbitrary, { nil: undefined, freq: often });

const agent = (agent_id: string) =>
  fc
    .record({
      agent_name: fc.option(name, { nil: null, freq: 12 }),
      voice_id: fc.option(fc.constantFrom('voice_1', 'voice_2'), { nil: null, freq: 8 }),
      version: fc.constantFrom(3, 4),
    })
    .map((given) => agentOf({ agent_id, ...given }));

const listing = (agent_id: string) =>
  fc
    .record({
      channel: fc.constantFrom('voice' as const, 'voice' as const, 'voice' as const, 'chat' as const),
      user_modified_timestamp: fc.constantFrom(MODIFIED, MODIFIED + 1),
      agent_name: maybe(name, 1),
    })
    .map(({ agent_name, ...given }) => ({ stale_name: agent_name, item: listedOf({ agent_id, ...given }) }));

const memory = (agent_id: string) =>
  fc
    .record({
      read_at: fc.constantFrom(LONG_AGO, YESTERDAY),
      listed_timestamp: fc.constantFrom(MODIFIED, MODIFIED + 1, null),
      agent: fc.option(agent(agent_id), { nil: null, freq: 4 }),
    })
    .map((given): Observation => ({ agent_id, ...given }));

const profile = fc.record({
  description: fc.string(),
  image: fc.string(),
  audio: fc.option(fc.string(), { nil: null }),
  empathy: fc.nat(10),
  exploration: fc.nat(10),
  rapport: fc.nat(10),
  speed: fc.nat(10),
});

const row = (id: string, agent_id: string | null, status: fc.Arbitrary<PlatformRow['sync_status']>) =>
  fc
    .record({
      name,
      profile,
      sync_status: status,
      voice_id: fc.constantFrom('voice_1', 'voice_2', null),
      agent_version: fc.constantFrom(3, 4, null),
      last_synced_at: fc.constantFrom(LONG_AGO, NOW, null),
    })
    .map(({ profile, ...given }): PlatformRow => {
      const orphaned_at = given.sync_status === 'orphaned' ? LONG_AGO : null;
      return { ...rowOf({ id, agent_id, ...given, orphaned_at }), ...profile };
    });

/** What there is about one agent: the table holds one living row of it at most, and any number of deleted ones. */
const about = (agent_id: string) =>
  fc.record({
    agent_id: fc.constant(agent_id),
    agent: maybe(agent(agent_id)),
    listing: maybe(listing(agent_id), 5),
    memory: maybe(memory(agent_id), 1),
    living: maybe(row(`${agent_id} living`, agent_id, fc.constantFrom('active', 'active', 'orphaned')), 2),
    deleted: fc.oneof(
      { weight: 5, arbitrary: fc.constant(undefined) },
      row(`${agent_id} deleted`, agent_id, fc.constant('deleted')),
    ),
    agreed: maybe(name, 2),
    underway: maybe(name, 1),
    unreadable: fc.nat(11).map((drawn) => drawn === 0),
  });

const settings = fc.record({
  namePatterns: fc.constant(PATTERNS),
  direction: fc.constantFrom('both' as const, 'pull' as const),
  createsAgents: fc.boolean(),
});

/** Rows without an agent bear different names: which of two namesakes is linked is a matter of their order. */
const agentless = fc
  .uniqueArray(row('agentless', null, fc.constantFrom('active', 'active', 'deleted')), {
    maxLength: 3,
    selector: (drawn) => drawn.name,
  })
  .map((rows) => rows.map((drawn, index) => ({ ...drawn, id: `agentless ${index}` })));

export const worlds: fc.Arbitrary<World> = fc
  .record({
    facts: fc.tuple(...IDS.map(about)),
    agentless,
    settings,
    time: fc.oneof({ weight: 5, arbitrary: fc.constant(100) }, fc.nat(4)),
    creates: fc.boolean(),
  })
  .map(({ facts, agentless, settings, time, creates }): World => {
    const pairs = <Item>(of: (fact: (typeof facts)[number]) => Item | undefined) =>
      facts.flatMap((fact) => {
        const item = of(fact);
        return item === undefined ? [] : [[fact.agent_id, item] as const];
      });
    const first = agentless[0];
    const free = facts.find(
      (fact) => fact.living === undefined && fact.deleted === undefined && fact.agent !== undefined,
    );
    return {
      listed: new Map(
        // Mostly the listing knows the name that the agent has.
        pairs(({ agent, listing: given }) =>
          given === undefined || (agent === undefined && given.stale_name === undefined)
            ? undefined
            : { ...given.item, agent_name: given.stale_name ?? agent?.agent_name ?? null },
        ),
      ),
      agents: new Map(pairs((fact) => fact.agent)),
      remembered: new Map(pairs((fact) => fact.memory)),
      unreadable: new Set(facts.filter((fact) => fact.unreadable).map((fact) => fact.agent_id)),
      time,
      rows: [...facts.flatMap((fact) => [fact.deleted, fact.living]), ...agentless].filter((row) => row !== undefined),
      agreed: new Map(pairs((fact) => fact.agreed)),
      underway: new Map(pairs((fact) => fact.underway)),
      created: new Map(creates && first !== undefined && free !== undefined ? [[first.id, free.agent_id]] : []),
      settings,
    };
  });

/** Nothing stands in the way of a complete run. */
export const readableWorlds = worlds.map((world): World => ({ ...world, unreadable: new Set(), time: 100 }));

export const RULES = { namePatterns: PATTERNS, stale_before: LONG_AGO, evidence_since: RUN_BEGAN };

/** As `shared/sync/read-observed-state.ts` takes it: details first, evidence last, until the time is up. */
export function inventoryOfWorld(world: World): ObservedState {
  const { details, evidence } = readNeeds(world.listed, world.remembered, world.rows, RULES);
  const wanted = [...details, ...evidence];
  const asked = wanted.slice(0, world.time);
  const read = asked.filter((agent_id) => !world.unreadable.has(agent_id));
  return {
    listed: world.listed,
    observations: new Map([
      ...world.remembered,
      ...read.map((agent_id) => [agent_id, readNow(world, agent_id)] as const),
    ]),
    unreadable: new Map(asked.filter((id) => world.unreadable.has(id)).map((id) => [id, 'No answer'])),
    unusable_names: new Map(),
    pending: new Set(wanted.slice(world.time)),
    read: asked.length,
    evidence_since: RUN_BEGAN,
  };
}

export function inputOf(world: World, observed: ObservedState = inventoryOfWorld(world)): PlanInput {
  const { rows, agreed, underway, created, settings } = world;
  return { observed, rows, agreed, underway, created, settings };
}

function readNow({ agents, listed }: World, agent_id: string): Observation {
  const listed_timestamp = listed.get(agent_id)?.user_modified_timestamp ?? null;
  return { agent_id, read_at: NOW, listed_timestamp, agent: agents.get(agent_id) ?? null };
}
