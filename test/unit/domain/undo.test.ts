import { describe, expect, test } from '@jest/globals';
import type { UndoEntry, UndoOutcome } from '../../../shared/api/undo.ts';
import type { Agent } from '../../../shared/domain/agent.ts';
import {
  appliedEntries,
  countUndo,
  type MovedName,
  type NameFacts,
  planName,
  planRestore,
  undoMessage,
  undoneBy,
  undoToken,
} from '../../../shared/domain/undo.ts';
import { agentOf, rowOf } from './builders.ts';

const POLICY = { direction: 'both', namePatterns: /^Interview/ } as const;
const both = (name: string) => ({ retell_name: name, database_name: name });
const MOVED: MovedName = {
  agent_id: 'a1',
  interviewer_id: '1',
  name: 'Interview B',
  before: both('Interview A'),
  after: both('Interview B'),
};

function facts(retell: string | null, database: string | null): NameFacts {
  const found: Agent | null = retell === null ? null : agentOf({ agent_id: 'a1', agent_name: retell });
  return {
    row: database === null ? undefined : rowOf({ id: '1', agent_id: 'a1', name: database }),
    agent: { ok: true, value: found },
  };
}

const B_ON_BOTH = facts('Interview B', 'Interview B');
const FROM_B_TO_A = { from: 'Interview B', to: 'Interview A' };
const SET_BACK = {
  agent_id: 'a1',
  interviewer_id: '1',
  name: 'Interview B',
  outcome: 'set_back',
  reason: 'The name is set back to "Interview A" on both sides',
  changes: [
    { field: 'name', ...FROM_B_TO_A },
    { field: 'retell_name', ...FROM_B_TO_A },
  ],
} as const;

describe('a name is set back', () => {
  test.each<[string, MovedName, NameFacts, UndoEntry]>([
    ['on both sides while both have what the run left', MOVED, B_ON_BOTH, SET_BACK],
    [
      'in Retell when an earlier undo left only that side',
      MOVED,
      facts('Interview B', 'Interview A'),
      { ...SET_BACK, name: 'Interview A', changes: [{ field: 'retell_name', ...FROM_B_TO_A }] },
    ],
    [
      'in the database when an earlier undo left only that side',
      MOVED,
      facts('Interview A', 'Interview B'),
      { ...SET_BACK, changes: [{ field: 'name', ...FROM_B_TO_A }] },
    ],
    [
      'on the row that the agent has now when the run recorded none',
      { ...MOVED, interviewer_id: null, name: 'Interview old' },
      B_ON_BOTH,
      SET_BACK,
    ],
  ])('%s', (_, moved, given, expected) => {
    expect(planName(moved, given, POLICY)).toEqual(expected);
  });

  test('to the name that each side had, when they differed', () => {
    const before = { retell_name: 'Interview R', database_name: 'Interview D' };
    expect(planName({ ...MOVED, before }, B_ON_BOTH, POLICY)).toEqual({
      ...SET_BACK,
      reason: 'The name is set back to "Interview D" on both sides',
      changes: [
        { field: 'name', from: 'Interview B', to: 'Interview D' },
        { field: 'retell_name', from: 'Interview B', to: 'Interview R' },
      ],
    });
  });
});

describe('a name is left alone, with the reason,', () => {
  const left = { agent_id: 'a1', interviewer_id: '1', name: 'Interview B', outcome: 'kept' } as const;

  test.each<[string, NameFacts, Partial<MovedName>, UndoEntry]>([
    [
      'when it was renamed in Retell since',
      facts('Interview C', 'Interview B'),
      {},
      { ...left, reason: 'Renamed since: "Interview C" in Retell, "Interview B" in the database' },
    ],
    [
      'when it was renamed in the database since',
      facts('Interview B', 'Interview C'),
      {},
      {
        ...left,
        name: 'Interview C',
        reason: 'Renamed since: "Interview B" in Retell, "Interview C" in the database',
      },
    ],
    [
      'when both sides have the earlier one already',
      facts('Interview A', 'Interview A'),
      {},
      { ...left, name: 'Interview A', reason: 'Both sides have the earlier name already' },
    ],
    [
      'when its agent is gone',
      facts(null, 'Interview B'),
      {},
      { ...left, reason: 'Retell has no such agent: it is gone, or the run was of another account' },
    ],
    [
      'when its interviewer is gone',
      facts('Interview B', null),
      {},
      { ...left, reason: 'The agent has no interviewer any more' },
    ],
    [
      'when its interviewer is gone and the run recorded none',
      facts('Interview B', null),
      { interviewer_id: null },
      { ...left, interviewer_id: null, reason: 'The agent has no interviewer any more' },
    ],
    [
      'when the agent has another interviewer',
      B_ON_BOTH,
      { interviewer_id: '2' },
      { ...left, reason: 'The agent has another interviewer by now' },
    ],
    [
      'when no interview pattern matches the earlier one',
      B_ON_BOTH,
      { before: both('Sales') },
      { ...left, reason: '"Sales" matches no interview pattern, so the agent would no longer be an interviewer' },
    ],
  ])('%s', (_, given, moved, expected) => {
    expect(planName({ ...MOVED, ...moved }, given, POLICY)).toEqual(expected);
  });

  test('while nothing is written to Retell', () => {
    expect(planName(MOVED, B_ON_BOTH, { ...POLICY, direction: 'pull' })).toEqual({
      ...left,
      reason: 'SYNC_DIRECTION is "pull": no name is written to Retell',
    });
  });
});

test('a name is a failure when the agent cannot be read', () => {
  const unreadable = { ...B_ON_BOTH, agent: { ok: false, reason: 'HTTP 500' } } as const;
  expect(planName(MOVED, unreadable, POLICY)).toEqual({
    agent_id: 'a1',
    interviewer_id: '1',
    name: 'Interview B',
    outcome: 'failed',
    reason: 'The agent could not be read from Retell: HTTP 500',
  });
});

test.each([
  [{ closed: true, taken: false }, 'kept', 'It was restored, or cleaned up again, since'],
  [{ closed: true, taken: true }, 'kept', 'It was restored, or cleaned up again, since'],
  [{ closed: false, taken: true }, 'kept', 'Another interviewer has the agent or the id by now'],
  [
    { closed: false, taken: false },
    'restored',
    'The row comes back under its old id, as an orphan; the next sync makes it active if its agent is in Retell',
  ],
])('a removed row that is %j is %s', (state, outcome, reason) => {
  const row = { agent_id: 'a1', interviewer_id: '1', name: 'Interview A' };
  expect(planRestore({ ...row, ...state })).toEqual({ ...row, outcome, reason });
});

const OUTCOMES = ['set_back', 'restored', 'archived', 'marked_deleted', 'kept', 'failed'] as const;

function entryOf(outcome: UndoOutcome): UndoEntry {
  return { agent_id: 'a1', interviewer_id: '1', name: 'x', outcome, reason: 'r' };
}

test.each<[UndoOutcome, boolean]>([
  ['set_back', true],
  ['restored', true],
  ['archived', true],
  ['marked_deleted', true],
  ['kept', false],
  ['failed', false],
])('whether an undo applies an entry that is %s: %s', (outcome, applies) => {
  const entry = entryOf(outcome);
  expect(appliedEntries([entry])).toEqual(applies ? [entry] : []);
});

test('the entries of an undo are counted by outcome', () => {
  const entries = OUTCOMES.flatMap((outcome, index) => Array.from({ length: index + 1 }, () => entryOf(outcome)));
  expect(countUndo(entries)).toEqual({
    set_back: 1,
    restored: 2,
    archived: 3,
    marked_deleted: 4,
    kept: 5,
    failed: 6,
  });
  expect(countUndo([])).toEqual({ set_back: 0, restored: 0, archived: 0, marked_deleted: 0, kept: 0, failed: 0 });
});

describe('the token of an undo', () => {
  const RUN = { id: 4, last_undo: null };
  const entry: UndoEntry = {
    agent_id: 'a1',
    interviewer_id: '1',
    name: 'x',
    outcome: 'set_back',
    reason: 'r',
    changes: [{ field: 'name', from: 'B', to: 'A' }],
  };

  test('changes with the names, the outcome and the agents', () => {
    const others: UndoEntry[] = [
      { ...entry, changes: [{ field: 'name', from: 'C', to: 'A' }] },
      { ...entry, outcome: 'restored' },
      { ...entry, agent_id: 'a2' },
    ];
    const tokens = new Set([entry, ...others].map((one) => undoToken(RUN, [one])));
    expect(tokens.size).toBe(4);
  });

  test('changes with the run, and with each undo of it', () => {
    const tokens = [RUN, { id: 5, last_undo: null }, { id: 4, last_undo: 5 }].map((run) => undoToken(run, [entry]));
    expect(new Set(tokens).size).toBe(3);
  });

  test('is the same for an entry without a list of changes and an empty list', () => {
    const restored = entryOf('restored');
    expect(undoToken(RUN, [restored])).toBe(undoToken(RUN, [{ ...restored, changes: [] }]));
  });

  test('does not depend on unchanged entries, on the order or on the reasons', () => {
    const second: UndoEntry = { ...entry, agent_id: 'a2' };
    const kept: UndoEntry = { ...entry, agent_id: 'a3', outcome: 'kept' };
    expect(undoToken(RUN, [entry, second, kept])).toBe(undoToken(RUN, [second, { ...entry, reason: 'other' }]));
  });
});

test('a run is undone unless its undo was undone, however often', () => {
  const undos = [{ id: 2, undoes: 1 }];
  expect([undoneBy(1, undos), undoneBy(2, undos)]).toEqual([2, null]);
  const redone = [...undos, { id: 3, undoes: 2 }];
  expect([undoneBy(1, redone), undoneBy(2, redone), undoneBy(3, redone)]).toEqual([null, 3, null]);
  const again = [...redone, { id: 4, undoes: 1 }];
  expect(undoneBy(1, again)).toBe(4);
  expect(undoneBy(1, [...redone, { id: 4, undoes: 3 }])).toBe(2);
});

describe('the message of an undo', () => {
  const none = { set_back: 0, restored: 0, archived: 0, marked_deleted: 0, kept: 0, failed: 0, not_undoable: 0 };
  const all = { set_back: 1, restored: 2, archived: 3, marked_deleted: 4, kept: 5, failed: 6, not_undoable: 7 };

  test.each([
    [none, 'nothing to put back', 'nothing to put back'],
    [
      { ...none, set_back: 2, kept: 1, not_undoable: 3 },
      '2 set back, 1 kept, 3 that cannot be undone',
      '2 to set back, 1 to keep, 3 that cannot be undone',
    ],
    [
      all,
      '1 set back, 2 restored, 3 archived again, 4 marked deleted again, 5 kept, 6 failed, 7 that cannot be undone',
      '1 to set back, 2 to restore, 3 to archive again, 4 to mark deleted again, 5 to keep, 6 failed, 7 that cannot be undone',
    ],
  ])('counts what there is in %j', (counts, words, planned) => {
    expect(undoMessage(4, counts, { dry_run: false })).toBe(`Undo of run 4: ${words}`);
    expect(undoMessage(4, counts, { dry_run: true })).toBe(`Dry run, nothing was changed: undo of run 4: ${planned}`);
  });
});
