/* oxlint-disable oxc/no-map-spread -- it takes fast-check's map for an array's */
/** Arbitraries: accounts and tables, in and out of sync in every way, and the state that a run observes of them. */
import * as fc from 'fast-check';
import type { Agent, ListedAgent, Observation } from '../../../shared/domain/agent.ts';
import { NOTHING_LEFT_OUT, type ObservedState, readNeeds } from '../../../shared/domain/observed-state.ts';
import type { PlanInput } from '../../../shared/domain/plan-types.ts';
import { agentOf, RULES as ELIGIBILITY, listedOf, MODIFIED, NOW, RUN_BEGAN, rowOf } from './builders.ts';
import type { TableRow } from './in-memory-table.ts';

declare global {
  var PROPERTY_RUNS: number | undefined;
}
/** The number of cases for each property; fewer for each of thousands of mutants. */
export const RUNS = globalThis.PROPERTY_RUNS ?? 500;

const IDS = ['agent_1', 'agent_2', 'agent_3', 'agent_4', 'agent_5', 'agent_6'] as const;
const NAMES = ['Bob', 'Lisa', 'Flow', 'Kind Bob', 'Kabob', 'Support'] as const;
const LONG_AGO = new Date('2026-02-01T00:00:00Z');
const YESTERDAY = new Date('2026-02-28T12:00:00Z');

export interface Scenario {
  readonly rows: readonly TableRow[];
  readonly listed: ReadonlyMap<string, ListedAgent>;
  /** What `get-agent` returns; an agent that is not here is gone. */
  readonly agents: ReadonlyMap<string, Agent>;
  readonly stored: ReadonlyMap<string, Observation>;
  /** Agents that cannot be read. */
  readonly unreadable: ReadonlySet<string>;
  /** The number of agents that there is time to read. */
  readonly time: number;
  readonly createdAgents: ReadonlyMap<string, string>;
  readonly policy: PlanInput['policy'];
}

const name = fc.constantFrom(...NAMES);
const maybe = <Item>(arbitrary: fc.Arbitrary<Item>, often = 3) => fc.option(arbitrary, { nil: undefined, freq: often });

const agent = (agent_id: string) =>
  fc
    .record({
      agent_name: fc.option(name, { nil: null, freq: 12 }),
      voice_id: fc.option(fc.constantFrom('voice_1', 'voice_2'), { nil: null, freq: 8 }),
      version: fc.constantFrom(3, 4),
      metadata: fc.constantFrom({ voice_speed: 1 }, { voice_speed: 1.2 }),
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

const stored = (agent_id: string) =>
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

const row = (id: string, agent_id: string | null, status: fc.Arbitrary<TableRow['sync_status']>) =>
  fc
    .record({
      name,
      profile,
      sync_status: status,
      voice_id: fc.constantFrom('voice_1', 'voice_2', null),
      agent_version: fc.constantFrom(3, 4, null),
      retell_metadata: fc.constantFrom({ voice_speed: 1 }, null),
      last_synced_at: fc.constantFrom(LONG_AGO, NOW, null),
      base: maybe(fc.tuple(name, fc.option(name, { nil: null, freq: 1 })), 2),
      pending: maybe(name, 1),
    })
    .map(({ profile, base, pending, ...given }): TableRow => {
      const orphaned_at = given.sync_status === 'orphaned' ? LONG_AGO : null;
      return { ...rowOf({ id, agent_id, ...given, orphaned_at, ...basesOf(base, pending) }), ...profile };
    });

/** A row without an agent has neither. */
function basesOf(base: readonly [string, string | null] | undefined, pending: string | undefined) {
  return {
    base_retell_name: base?.[0] ?? null,
    base_database_name: base?.[1] ?? base?.[0] ?? null,
    pending_name: pending ?? null,
  };
}

/** Everything about one agent: the table has at most one row in use for it, and any number of deleted ones. */
const about = (agent_id: string) =>
  fc.record({
    agent_id: fc.constant(agent_id),
    agent: maybe(agent(agent_id)),
    listing: maybe(listing(agent_id), 5),
    stored: maybe(stored(agent_id), 1),
    living: maybe(row(`${agent_id} living`, agent_id, fc.constantFrom('active', 'active', 'orphaned')), 2),
    deleted: fc.oneof(
      { weight: 5, arbitrary: fc.constant(undefined) },
      row(`${agent_id} deleted`, agent_id, fc.constant('deleted')),
    ),
    unreadable: fc.nat(11).map((drawn) => drawn === 0),
  });

const policy = fc.record({
  rules: fc.constant(ELIGIBILITY),
  direction: fc.constantFrom('both' as const, 'pull' as const),
  createsAgents: fc.boolean(),
});

/** Rows without an agent have different names: which of two rows of one name is linked depends on their order. */
const agentless = fc
  .uniqueArray(row('agentless', null, fc.constantFrom('active', 'active', 'deleted')), {
    maxLength: 3,
    selector: (drawn) => drawn.name,
  })
  .map((rows) =>
    rows.map((drawn, index) => ({ ...drawn, id: `agentless ${index}`, ...basesOf(undefined, undefined) })),
  );

export const scenarios: fc.Arbitrary<Scenario> = fc
  .record({
    facts: fc.tuple(...IDS.map(about)),
    agentless,
    policy,
    time: fc.oneof({ weight: 5, arbitrary: fc.constant(100) }, fc.nat(4)),
    creates: fc.boolean(),
  })
  .map(({ facts, agentless, policy, time, creates }): Scenario => {
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
        // Mostly the listing has the agent's current name.
        pairs(({ agent, listing: given }) =>
          given === undefined || (agent === undefined && given.stale_name === undefined)
            ? undefined
            : { ...given.item, agent_name: given.stale_name ?? agent?.agent_name ?? null },
        ),
      ),
      agents: new Map(pairs((fact) => fact.agent)),
      stored: new Map(pairs((fact) => fact.stored)),
      unreadable: new Set(facts.filter((fact) => fact.unreadable).map((fact) => fact.agent_id)),
      time,
      rows: [...facts.flatMap((fact) => [fact.deleted, fact.living]), ...agentless].filter((row) => row !== undefined),
      createdAgents: new Map(creates && first !== undefined && free !== undefined ? [[first.id, free.agent_id]] : []),
      policy,
    };
  });

/** Scenarios in which a run can read everything. */
export const readableScenarios = scenarios.map(
  (scenario): Scenario => ({ ...scenario, unreadable: new Set(), time: 100 }),
);

export const READ_RULES = { eligibility: ELIGIBILITY, stale_before: LONG_AGO, evidence_since: RUN_BEGAN };

/** Reads like `shared/sync/read-state.ts`: details first, evidence last, until the time is up. */
export function observe(scenario: Scenario): ObservedState {
  const { listed, stored: observations, rows } = scenario;
  const { details, evidence } = readNeeds({ listed, observations, rows }, READ_RULES);
  const wanted = [...details, ...evidence];
  const asked = wanted.slice(0, scenario.time);
  const read = asked.filter((agent_id) => !scenario.unreadable.has(agent_id));
  return {
    listed,
    left_out: NOTHING_LEFT_OUT,
    observations: new Map([
      ...observations,
      ...read.map((agent_id) => [agent_id, readNow(scenario, agent_id)] as const),
    ]),
    unreadable: new Map(
      asked.filter((id) => scenario.unreadable.has(id)).map((id) => [id, { reason: 'No response', name: null }]),
    ),
    unidentified: [],
    unread_before: new Set(),
    pending: new Set(wanted.slice(scenario.time)),
    unpushed: 0,
    unverified: 0,
    read: asked.length,
    evidence_since: RUN_BEGAN,
  };
}

export function inputOf(scenario: Scenario, observed: ObservedState = observe(scenario)): PlanInput {
  const { rows, createdAgents, policy } = scenario;
  return { observed, rows, createdAgents, policy };
}

function readNow({ agents, listed }: Scenario, agent_id: string): Observation {
  const listed_timestamp = listed.get(agent_id)?.user_modified_timestamp ?? null;
  return { agent_id, read_at: NOW, listed_timestamp, agent: agents.get(agent_id) ?? null };
}
