import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { changesOf } from '../../../shared/domain/change.ts';
import {
  activeAgents,
  isEvidence,
  isPartial,
  linkedRows,
  NOTHING_LEFT_OUT,
  NOTHING_PENDING,
  observedStateOf,
  readNeeds,
  voicedAgents,
} from '../../../shared/domain/observed-state.ts';
import { plan } from '../../../shared/domain/plan.ts';
import { inputOf, observe, READ_RULES, RUNS, readableScenarios } from './arbitraries.ts';
import { agentOf, listedOf, MODIFIED, NOW, observationOf, observedOf, orphanOf, RUN_BEGAN, rowOf } from './builders.ts';

const listing = (given: object = {}) => new Map([['agent_1', listedOf(given)]]);
const storing = (given: object = {}, agent: ReturnType<typeof agentOf> | null = agentOf()) =>
  new Map([['agent_1', observationOf(agent, { read_at: new Date(RUN_BEGAN.getTime() - 1), ...given })]]);
const needs = (
  listed: ReturnType<typeof listing>,
  observations: ReturnType<typeof storing>,
  rows = [] as ReturnType<typeof rowOf>[],
) => readNeeds({ listed, observations, rows }, READ_RULES);

describe('an eligible listed agent is read', () => {
  test.each([
    ['when it is new', new Map()],
    ['when the listing changed', storing({ listed_timestamp: MODIFIED - 1 })],
    ['when a webhook made the last observation', storing({ listed_timestamp: null })],
    ['when it was gone', storing({}, null)],
    ['when its observation is stale', storing({ read_at: new Date(READ_RULES.stale_before.getTime() - 1) })],
  ])('%s, once, with or without a row', (_, stored) => {
    expect(needs(listing(), stored)).toEqual({ details: ['agent_1'], evidence: [] });
    expect(needs(listing(), stored, [rowOf()])).toEqual({ details: ['agent_1'], evidence: [] });
  });

  test.each([
    ['when nothing changed', listing(), storing(), []],
    ['when its observation is just not stale', listing(), storing({ read_at: READ_RULES.stale_before }), []],
    ['when nothing changed and it has a row', listing(), storing(), [rowOf()]],
    ['when it is not eligible', listing({ agent_name: 'Support' }), new Map(), []],
    ['when the platform deleted its row', listing(), new Map(), [rowOf({ sync_status: 'deleted' })]],
  ])('but not %s', (_, listed, stored, rows) => {
    expect(needs(listed, stored, rows)).toEqual({ details: [], evidence: [] });
  });
});

describe('the agent of an active row is read as evidence', () => {
  test.each([
    ['when it is not listed', new Map(), storing()],
    ['when the listing shows it as ineligible', listing({ channel: 'chat' }), storing()],
    ['when it was not eligible when last read', listing(), storing({}, agentOf({ voice_id: null }))],
    ['when neither side has it', new Map(), new Map()],
  ])('%s', (_, listed, stored) => {
    expect(needs(listed, stored, [rowOf()])).toEqual({ details: [], evidence: ['agent_1'] });
    expect(needs(listed, stored, [orphanOf()]).evidence).toEqual([]);
  });

  test('but not when another process read it since the run began', () => {
    expect(needs(new Map(), storing({ read_at: RUN_BEGAN }), [rowOf()]).evidence).toEqual([]);
  });

  test.each([null, ''])('but not when the row has the agent id %p', (agent_id) => {
    const row = rowOf({ agent_id } as Partial<ReturnType<typeof rowOf>>);
    expect(needs(new Map(), new Map(), [row]).evidence).toEqual([]);
  });
});

test('an observation is evidence from the start of the run on', () => {
  expect(isEvidence(undefined, RUN_BEGAN)).toBe(false);
  expect(isEvidence(observationOf(null, { read_at: RUN_BEGAN }), RUN_BEGAN)).toBe(true);
  expect(isEvidence(observationOf(null, { read_at: RUN_BEGAN }), NOW)).toBe(false);
});

test('the row of an agent is the row in use, in any order', () => {
  const deleted = rowOf({ id: '1', sync_status: 'deleted' });
  const orphan = orphanOf({ id: '2' });
  expect(linkedRows([deleted, orphan]).get('agent_1')).toBe(orphan);
  expect(linkedRows([orphan, deleted]).get('agent_1')).toBe(orphan);
  const others = [deleted, { ...deleted, id: '3' }, rowOf({ agent_id: null }), rowOf({ agent_id: '' })];
  expect(linkedRows(others).size).toBe(1);
});

test('only active rows with an agent id count as active agents', () => {
  const rows = [rowOf({ agent_id: null }), rowOf({ agent_id: '' }), orphanOf(), rowOf()];
  expect(activeAgents(rows)).toEqual(['agent_1']);
});

test('the observed state of a webhook has exactly the agents that were read', () => {
  const [there, gone] = [observationOf(agentOf()), observationOf(null, { agent_id: 'agent_2' })];
  expect(observedStateOf([there, gone])).toEqual({
    listed: listing(),
    left_out: NOTHING_LEFT_OUT,
    observations: new Map([
      ['agent_1', there],
      ['agent_2', gone],
    ]),
    unreadable: new Map(),
    unidentified: [],
    unread_before: new Set(),
    pending: new Set(),
    unpushed: 0,
    unverified: 0,
    read: 2,
    evidence_since: new Date(0),
  });
});

describe('the agents that are read', () => {
  test('are enough for every decision', () => {
    fc.assert(
      fc.property(readableScenarios, (scenario) => {
        const errors = changesOf(plan(inputOf(scenario)).changes, 'error');
        expect(errors.filter(({ reason }) => reason.startsWith('Not orphaned'))).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  test('are read once, and not again by a run that finds the same', () => {
    fc.assert(
      fc.property(readableScenarios, (scenario) => {
        const { listed, stored, rows } = scenario;
        const { details, evidence } = readNeeds({ listed, observations: stored, rows }, READ_RULES);
        expect(new Set([...details, ...evidence]).size).toBe(details.length + evidence.length);
        const again = readNeeds({ listed, observations: observe(scenario).observations, rows }, READ_RULES);
        // For a while, a listing may show an agent that get-agent no longer returns.
        const ghosts = details.filter((agent_id) => !scenario.agents.has(agent_id));
        expect(again).toEqual({ details: ghosts, evidence: [] });
      }),
      { numRuns: RUNS },
    );
  });
});

test('an agent has a voice by its channel until it is read, and by its voice afterwards', () => {
  const voiced = (given: Parameters<typeof observedOf>[1]) => voicedAgents(observedOf([agentOf()], given)).length;
  expect(voiced({})).toBe(1);
  expect(voiced({ observations: new Map() })).toBe(1);
  expect(voiced({ listed: new Map([['agent_1', listedOf({ channel: 'chat' })]]) })).toBe(0);
  expect(voiced({ observations: new Map([['agent_1', observationOf(agentOf({ voice_id: null }))]]) })).toBe(0);
  expect(voiced({ observations: new Map([['agent_1', observationOf(null)]]) })).toBe(0);
});

test.each([
  [{}, false],
  [{ pending: new Set(['agent_1']) }, true],
  [{ unpushed: 1 }, true],
  [{ unverified: 1 }, true],
  [{ unpushed: 1, unverified: 1 }, true],
])('a run with %j left over is partial: %j', (left, partial) => {
  expect(isPartial({ ...NOTHING_PENDING, ...left })).toBe(partial);
});
