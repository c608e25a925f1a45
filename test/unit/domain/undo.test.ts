import { describe, expect, test } from '@jest/globals';
import type { UndoEntry } from '../../../shared/api/undo.ts';
import type { Agent } from '../../../shared/domain/agent.ts';
import {
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

describe('a name is', () => {
  test('set back on both sides while both have what the run left', () => {
    expect(planName(MOVED, facts('Interview B', 'Interview B'), POLICY)).toMatchObject({
      outcome: 'set_back',
      changes: [
        { field: 'name', from: 'Interview B', to: 'Interview A' },
        { field: 'retell_name', from: 'Interview B', to: 'Interview A' },
      ],
    });
  });

  test('set back on the side on which an earlier undo left it', () => {
    const { outcome, changes } = planName(MOVED, facts('Interview B', 'Interview A'), POLICY);
    expect([outcome, changes]).toMatchObject(['set_back', [{ field: 'retell_name' }]]);
  });

  test.each<[string, NameFacts, RegExp]>([
    ['renamed in Retell since', facts('Interview C', 'Interview B'), /^Renamed since: "Interview C" in Retell/],
    [
      'renamed in the database since',
      facts('Interview B', 'Interview C'),
      /^Renamed since: .*"Interview C" in the database/,
    ],
    ['set back already', facts('Interview A', 'Interview A'), /have the earlier name already/],
    ['without its agent', facts(null, 'Interview B'), /no such agent: it is gone, or the run was of another account/],
    ['without its interviewer', facts('Interview B', null), /no interviewer any more/],
  ])('left alone, with the reason, when it is %s', (_, given, reason) => {
    const entry = planName(MOVED, given, POLICY);
    expect([entry.outcome, entry.reason, entry.changes]).toEqual(['kept', expect.stringMatching(reason), undefined]);
  });

  test('left alone when the agent has another interviewer', () => {
    expect(planName({ ...MOVED, interviewer_id: '2' }, facts('Interview B', 'Interview B'), POLICY).outcome).toBe(
      'kept',
    );
  });

  test('left alone when no interview pattern matches the earlier one', () => {
    const moved = { ...MOVED, before: both('Sales') };
    expect(planName(moved, facts('Interview B', 'Interview B'), POLICY).reason).toContain(
      'matches no interview pattern',
    );
  });

  test('left alone while nothing is written to Retell', () => {
    expect(planName(MOVED, facts('Interview B', 'Interview B'), { ...POLICY, direction: 'pull' }).outcome).toBe('kept');
  });

  test('a failure when the agent cannot be read', () => {
    const unreadable = { ...facts('', 'Interview B'), agent: { ok: false, reason: 'HTTP 500' } } as const;
    expect(planName(MOVED, unreadable, POLICY)).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('HTTP 500'),
    });
  });
});

test.each([
  [{ closed: true, taken: false }, 'kept'],
  [{ closed: false, taken: true }, 'kept'],
  [{ closed: false, taken: false }, 'restored'],
])('a removed row that is %j is %s', (state, outcome) => {
  expect(planRestore({ agent_id: 'a1', interviewer_id: '1', name: 'Interview A', ...state }).outcome).toBe(outcome);
});

describe('the token of an undo', () => {
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
    const tokens = new Set([entry, ...others].map((one) => undoToken([one])));
    expect(tokens.size).toBe(4);
  });

  test('does not depend on what is left alone, on the order or on the words', () => {
    const second: UndoEntry = { ...entry, agent_id: 'a2' };
    const kept: UndoEntry = { ...entry, agent_id: 'a3', outcome: 'kept' };
    expect(undoToken([entry, second, kept])).toBe(undoToken([second, { ...entry, reason: 'other' }]));
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

test('the message of an undo counts what there is', () => {
  const none = { set_back: 0, restored: 0, archived: 0, marked_deleted: 0, kept: 0, failed: 0, not_undoable: 0 };
  expect(undoMessage(4, none, { dry_run: true })).toBe(
    'Dry run, nothing was changed: undo of run 4: nothing to put back',
  );
  const some = { ...none, set_back: 2, kept: 1, not_undoable: 3 };
  expect(undoMessage(4, some, { dry_run: false })).toBe('Undo of run 4: 2 set back, 1 kept, 3 that cannot be undone');
});
