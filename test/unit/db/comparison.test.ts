import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { IN_SYNC } from '../../../shared/db/comparison.ts';
import { createDatabase, type Database, type Query } from '../../../shared/db/pool.ts';
import type { Agent, ListedAgent, Observation } from '../../../shared/domain/agent.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { type Scenario, scenarios } from '../domain/arbitraries.ts';
import { agentOf, listedOf, MODIFIED, observationOf, POLICY, rowOf } from '../domain/builders.ts';
import type { TableRow } from '../domain/in-memory-table.ts';
import { outcomeOfAll, outcomeOfCompared, storable, store, type World } from './stored-world.ts';

let outside: TestDatabase;
let database: Database;
beforeAll(async () => {
  outside = await createTestDatabase();
  database = createDatabase({
    connectionString: async () => outside.url,
    maxConnections: 1,
    applicationName: 'compare',
  });
});
afterAll(async () => {
  await database.close();
  await outside.drop();
});

const YESTERDAY = new Date('2026-02-28T12:00:00Z');

/** One agent, its listing and its row; in sync, except for what a drift changes. */
interface Fact {
  readonly agent: Agent;
  readonly listed: ListedAgent | null;
  readonly stored: Observation;
  readonly row: TableRow;
  readonly draft?: readonly string[];
  readonly isPushing?: boolean;
  readonly isForeign?: boolean;
  readonly isUnjudged?: boolean;
}

const PROFILE = { description: '', image: '', audio: null, empathy: 0, exploration: 0, rapport: 0, speed: 0 };

/** Names are words that match the patterns, and differ. */
function inSync(index: number): Fact {
  const agent_id = `agent_${index}`;
  const agent_name = `Bob ${index}`;
  const agent = agentOf({ agent_id, agent_name });
  const base = { base_retell_name: agent_name, base_database_name: agent_name };
  return {
    agent,
    listed: listedOf({ agent_id, agent_name }),
    stored: observationOf(agent, { read_at: YESTERDAY }),
    row: { ...rowOf({ id: agent_id, agent_id, name: agent_name, last_synced_at: YESTERDAY, ...base }), ...PROFILE },
  };
}

/** `Bob 1` has its own name on both sides: another agent may take it. */
type Drift = (fact: Fact, first: Fact) => Fact;

const agentChange =
  (given: Partial<Agent>): Drift =>
  (fact) => {
    const agent = { ...fact.agent, ...given };
    return { ...fact, agent, stored: { ...fact.stored, agent } };
  };
const rowChange =
  (given: Partial<TableRow>): Drift =>
  (fact) => ({ ...fact, row: { ...fact.row, ...given } });
const listingChange =
  (given: Partial<ListedAgent>): Drift =>
  (fact) => ({ ...fact, listed: fact.listed === null ? null : { ...fact.listed, ...given } });
const storedChange =
  (given: Partial<Observation>): Drift =>
  (fact) => ({ ...fact, stored: { ...fact.stored, ...given } });

/** A name that both sides have, but not the listing. */
const renamed =
  (name: (first: Fact) => string): Drift =>
  (fact, first) => {
    const named = agentChange({ agent_name: name(first) })(fact, first);
    const row = { name: name(first), base_retell_name: name(first), base_database_name: name(first) };
    return rowChange(row)(named, first);
  };

const ORPHAN_GONE: Drift = (fact, first) => ({
  ...rowChange({ sync_status: 'orphaned', orphaned_at: YESTERDAY })(fact, first),
  listed: null,
});

/** The ways to be out of sync, each of which only one condition detects. */
const DRIFTS: Readonly<Record<string, Drift>> = {
  nothing: (fact) => fact,
  'a change after the last observation': (fact) => ({
    ...listingChange({ user_modified_timestamp: MODIFIED + 1 })(fact, fact),
    agent: { ...fact.agent, voice_id: 'voice_2' },
  }),
  'a silent change a long time ago': (fact) => ({
    ...storedChange({ read_at: new Date('2026-01-01T00:00:00Z') })(fact, fact),
    agent: { ...fact.agent, voice_id: 'voice_2' },
  }),
  'no voice on both sides': (fact, first) =>
    rowChange({ voice_id: null })(agentChange({ voice_id: null })(fact, first), first),
  'a webhook elsewhere': agentChange({ webhook_url: 'https://elsewhere.example' }),
  'a webhook without calls': agentChange({ webhook_events: ['chat_started'] }),
  'a row of another voice': rowChange({ voice_id: 'voice_2' }),
  'a row without a voice': rowChange({ voice_id: null }),
  'a row of another version': rowChange({ agent_version: 2 }),
  'a row of another language': rowChange({ language: 'de-DE' }),
  'a row changed at another time': rowChange({ retell_modified_at: new Date(MODIFIED - 1) }),
  'a row with other settings': rowChange({ retell_metadata: { voice_speed: 2 } }),
  'a row that was compared before the last observation': rowChange({
    last_synced_at: new Date('2026-02-02T00:00:00Z'),
  }),
  'a row that was never compared': rowChange({ last_synced_at: null }),
  'a name that Retell changed': rowChange({ base_retell_name: 'Bob before' }),
  'a merge base of another name': rowChange({
    base_retell_name: 'Bob before',
    base_database_name: 'Bob before',
  }),
  'a name that the platform changed': rowChange({ name: 'Bob of the platform' }),
  'a merge base of another row': (fact) => ({ ...fact, isForeign: true }),
  'no merge base': rowChange({ base_retell_name: null, base_database_name: null }),
  'a push that is under way': (fact) => ({ ...fact, isPushing: true }),
  'a draft that differs': (fact, first) => ({
    ...agentChange({ is_published: false })(fact, first),
    draft: ['voice_id'],
  }),
  'the name of another agent, which the listing does not show': renamed((first) => first.agent.agent_name ?? ''),
  'an orphan of the name of another agent': (fact, first) => ({
    ...rowChange({ sync_status: 'orphaned', orphaned_at: YESTERDAY, name: first.agent.agent_name ?? '' })(fact, first),
    listed: null,
  }),
  'an orphaned row': rowChange({ sync_status: 'orphaned', orphaned_at: YESTERDAY }),
  'a deleted row': rowChange({ sync_status: 'deleted' }),
  'an orphan whose agent is gone': ORPHAN_GONE,
  'a row whose agent is not listed': (fact) => ({ ...fact, listed: null }),
  'an agent that is listed as chat': listingChange({ channel: 'chat' }),
  'an agent that is listed with a name that matches no pattern': listingChange({ agent_name: 'Support' }),
  'an observation that other rules judged': (fact) => ({ ...fact, isUnjudged: true }),
};

function worldOf(drifts: readonly (readonly Drift[])[], given: Partial<Scenario> = {}): World {
  const first = inSync(1);
  const facts = [
    first,
    ...drifts.map((chosen, index) => chosen.reduce((fact, drift) => drift(fact, first), inSync(index + 2))),
  ];
  const ids = (isChosen: (fact: Fact) => boolean | undefined) =>
    new Set(facts.filter((fact) => isChosen(fact) === true).map(({ agent }) => agent.agent_id));
  return storable({
    rows: facts.map(({ row }) => row),
    listed: new Map(facts.flatMap(({ listed }) => (listed === null ? [] : [[listed.agent_id, listed] as const]))),
    agents: new Map(facts.map(({ agent }) => [agent.agent_id, agent])),
    stored: new Map(facts.map(({ stored }) => [stored.agent_id, stored])),
    unreadable: new Set(),
    time: 100,
    createdAgents: new Map(),
    policy: POLICY,
    drafts: facts.flatMap(({ agent: { agent_id }, draft }) =>
      draft === undefined ? [] : [{ agent_id, fields: draft }],
    ),
    pushing: ids(({ isPushing }) => isPushing),
    foreign: ids(({ isForeign }) => isForeign),
    unjudged: ids(({ isUnjudged }) => isUnjudged),
    ...given,
  });
}

async function outcomes(world: World, query: Query = database.query) {
  await store(database.query, world);
  const { state, ...compared } = await outcomeOfCompared(query, world);
  return { all: await outcomeOfAll(database.query, world), compared, state };
}

describe("the database's comparison leads to the same decisions as loading everything", () => {
  test('for arbitrary states of both sides', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios, async (scenario) => {
        const { all, compared } = await outcomes(storable(scenario));
        expect(compared).toEqual(all);
      }),
      { numRuns: 150 },
    );
  });

  test('for states that are nearly in sync', async () => {
    const drift = fc.constantFrom(...Object.values(DRIFTS));
    const nearlyInSync = fc.array(fc.array(drift, { maxLength: 2 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(nearlyInSync, async (drifts) => {
        const { all, compared } = await outcomes(worldOf(drifts));
        expect(compared).toEqual(all);
      }),
      { numRuns: 150 },
    );
  });

  test.each(Object.entries(DRIFTS))('with %s', async (_, drift) => {
    const { all, compared } = await outcomes(worldOf([[drift]]));
    expect(compared).toEqual(all);
  });
});

test('everything in sync is left out', async () => {
  const { state } = await outcomes(worldOf([[], [], []]));
  expect(state).toMatchObject({ rows: [], left_out: { in_sync: 4, linked_rows: 4, orphaned_rows: 0 } });
  expect([state.listed.size, state.observations.size]).toEqual([0, 0]);
});

test('an orphan whose agent is gone is left out, and counted', async () => {
  const { state } = await outcomes(worldOf([[ORPHAN_GONE]]));
  expect(state).toMatchObject({ rows: [], left_out: { in_sync: 1, linked_rows: 2, orphaned_rows: 1 } });
});

test.each(IN_SYNC)('without the condition "%s", a difference would be missed', async (condition) => {
  const lax: Query = (text, values) =>
    database.query(
      text.replace(condition, () => `(${condition} or true)`),
      values,
    );
  let differs = false;
  for (const drift of Object.values(DRIFTS)) {
    const { all, compared } = await outcomes(worldOf([[drift]]), lax);
    differs ||= !isDeepStrictEqual(compared, all);
    if (differs) break;
  }
  expect(differs).toBe(true);
});
