import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { isEvidence, linkedRows, observedStateOf, readNeeds } from '../../../shared/domain/observed-state.ts';
import { plan } from '../../../shared/domain/plan.ts';
import { inputOf, inventoryOfWorld, RULES, RUNS, readableWorlds } from './arbitraries.ts';
import { agentOf, listedOf, MODIFIED, NOW, orphanOf, RUN_BEGAN, readingOf, rowOf } from './builders.ts';

const listing = (given: object = {}) => new Map([['agent_1', listedOf(given)]]);
const memory = (given: object = {}, agent: ReturnType<typeof agentOf> | null = agentOf()) =>
  new Map([['agent_1', readingOf(agent, { read_at: new Date(RUN_BEGAN.getTime() - 1), ...given })]]);

describe('an eligible agent of the listing is read', () => {
  test.each([
    ['when it is new', new Map()],
    ['when it changed', memory({ listed_timestamp: MODIFIED - 1 })],
    ['when a webhook read it', memory({ listed_timestamp: null })],
    ['when it was gone', memory({}, null)],
    ['when that was long ago', memory({ read_at: new Date(RULES.stale_before.getTime() - 1) })],
  ])('%s', (_, remembered) => {
    expect(readNeeds(listing(), remembered, [], RULES)).toEqual({ details: ['agent_1'], evidence: [] });
    // And is not asked after twice.
    expect(readNeeds(listing(), remembered, [rowOf()], RULES)).toEqual({ details: ['agent_1'], evidence: [] });
  });

  test.each([
    ['when nothing changed', listing(), memory(), []],
    ['when it was read just long enough ago', listing(), memory({ read_at: RULES.stale_before }), []],
    ['when nothing changed, and it has a row', listing(), memory(), [rowOf()]],
    ['when it is not eligible', listing({ agent_name: 'Support' }), new Map(), []],
    ['when the platform deleted it', listing(), new Map(), [rowOf({ sync_status: 'deleted' })]],
  ])('but not %s', (_, listed, remembered, rows) => {
    expect(readNeeds(listed, remembered, rows, RULES)).toEqual({ details: [], evidence: [] });
  });
});

describe('the agent of an active row is asked after', () => {
  test.each([
    ['when it is not listed', new Map(), memory()],
    ['when the listing shows it as ineligible', listing({ channel: 'chat' }), memory()],
    ['when it was not eligible when last read', listing(), memory({}, agentOf({ voice_id: null }))],
    ['when nothing is known of it', new Map(), new Map()],
  ])('%s', (_, listed, remembered) => {
    expect(readNeeds(listed, remembered, [rowOf()], RULES)).toEqual({ details: [], evidence: ['agent_1'] });
    expect(readNeeds(listed, remembered, [orphanOf()], RULES).evidence).toEqual([]);
  });

  test('but not when somebody did so since the run began', () => {
    expect(readNeeds(new Map(), memory({ read_at: RUN_BEGAN }), [rowOf()], RULES).evidence).toEqual([]);
  });

  test.each([null, ''])('but not when the row has none (%p)', (agent_id) => {
    expect(readNeeds(new Map(), new Map(), [rowOf({ agent_id })], RULES).evidence).toEqual([]);
  });
});

test('a reading is evidence from the beginning of the run on', () => {
  expect(isEvidence(undefined, RUN_BEGAN)).toBe(false);
  expect(isEvidence(readingOf(null, { read_at: RUN_BEGAN }), RUN_BEGAN)).toBe(true);
  expect(isEvidence(readingOf(null, { read_at: RUN_BEGAN }), NOW)).toBe(false);
});

test("an agent's living row stands for it, in whatever order they come", () => {
  const deleted = rowOf({ id: '1', sync_status: 'deleted' });
  const orphan = orphanOf({ id: '2' });
  expect(linkedRows([deleted, orphan]).get('agent_1')).toBe(orphan);
  expect(linkedRows([orphan, deleted]).get('agent_1')).toBe(orphan);
  expect(linkedRows([deleted, { ...deleted, id: '3' }, rowOf({ agent_id: null }), rowOf({ agent_id: '' })]).size).toBe(
    1,
  );
});

test('a webhook has the agents that were read, and no other', () => {
  const [there, gone] = [readingOf(agentOf()), readingOf(null, { agent_id: 'agent_2' })];
  expect(observedStateOf([there, gone])).toEqual({
    listed: listing(),
    observations: new Map([
      ['agent_1', there],
      ['agent_2', gone],
    ]),
    unreadable: new Map(),
    unusable_names: new Map(),
    pending: new Set(),
    read: 2,
    evidence_since: new Date(0),
  });
});

describe('what is read', () => {
  test('is enough: with it, everything is decided', () => {
    fc.assert(
      fc.property(readableWorlds, (world) => {
        expect(plan(inputOf(world)).problems.filter(({ reason }) => reason.startsWith('Not orphaned'))).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  test('is not asked for twice, nor when the run after it sees the same', () => {
    fc.assert(
      fc.property(readableWorlds, (world) => {
        const { details, evidence } = readNeeds(world.listed, world.remembered, world.rows, RULES);
        expect(new Set([...details, ...evidence]).size).toBe(details.length + evidence.length);
        const remembered = inventoryOfWorld(world).observations;
        const again = readNeeds(world.listed, remembered, world.rows, RULES);
        // A listing may show for a while what get-agent no longer has.
        const ghosts = details.filter((agent_id) => !world.agents.has(agent_id));
        expect(again).toEqual({ details: ghosts, evidence: [] });
      }),
      { numRuns: RUNS },
    );
  });
});
