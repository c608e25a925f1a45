import { describe, expect, test } from '@jest/globals';
import type { Interviewer, Names } from '../../../shared/domain/agent.ts';
import { nameMoveOf } from '../../../shared/domain/name-move.ts';
import { agentOf, NO_BASE, observationOf, rowOf } from './builders.ts';
import { CHANGES, ENTRY } from './changes.ts';

type RowNames = Pick<Interviewer, 'name' | 'base_retell_name' | 'base_database_name'>;

function namesOf(retell_name: string, database_name = retell_name): Names {
  return { retell_name, database_name };
}

function rowNames(name: string, base_retell_name: string | null, base_database_name = base_retell_name): RowNames {
  return { name, base_retell_name, base_database_name };
}

describe.each(['update', 'restore'] as const)('the names that the action "%s" of a row moves', (action) => {
  const moveOf = (row: RowNames, name: string, agent_name: string | null) => {
    const agent = agentOf({ agent_name });
    const observation = { ...observationOf(agent), agent };
    const linked = rowOf({ agent_id: 'agent_1', ...row });
    return nameMoveOf({ action, ...ENTRY, name, reason: 'name', row: linked, observation, changes: [] });
  };

  test.each<[string, RowNames, Names]>([
    ['one merge base', rowNames('Bob', 'Bob'), namesOf('Bob')],
    ['a merge base of two names', rowNames('Explorer Lisa', 'Lisa', 'Explorer Lisa'), namesOf('Lisa', 'Explorer Lisa')],
    ['no merge base', { name: 'Bob', ...NO_BASE }, namesOf('Bob')],
    ["half a merge base, the database's", rowNames('Bob', null, 'Bob'), namesOf('Bob')],
    ["half a merge base, Retell's", rowNames('Explorer Bob', 'Bob', null), namesOf('Explorer Bob')],
    ['a name that left the merge base', rowNames('Rob', 'Bob'), namesOf('Rob')],
    ["the merge base's name in Retell only", rowNames('Lisa', 'Lisa', 'Explorer Lisa'), namesOf('Lisa')],
  ])('of a row with %s', (_, row, before) => {
    expect(moveOf(row, 'Flow', 'Flow')).toEqual({ before, after: namesOf('Flow') });
  });

  test("end with the agent's name, and with the name that the row will have", () => {
    const before = namesOf('Bob');
    expect(moveOf(rowNames('Bob', 'Bob'), 'Explorer Lisa', 'Lisa')).toEqual({
      before,
      after: namesOf('Lisa', 'Explorer Lisa'),
    });
    expect(moveOf(rowNames('Bob', 'Bob'), 'Lisa', null)).toEqual({ before, after: namesOf('', 'Lisa') });
  });

  test('are null where the row keeps its name, whatever the agent and the merge base have', () => {
    expect(moveOf(rowNames('Bob', 'Bob'), 'Bob', 'Bob')).toBeNull();
    expect(moveOf(rowNames('Explorer Lisa', 'Flow'), 'Explorer Lisa', 'Lisa')).toBeNull();
  });
});

describe('the names that a push moves', () => {
  const moveOf = (row: RowNames, agent_name: string | null) =>
    nameMoveOf({
      action: 'push',
      ...ENTRY,
      reason: 'name in Retell',
      row: rowOf({ agent_id: 'agent_1', ...row }),
      agent: agentOf({ agent_name }),
    });

  test.each<[string, string | null, RowNames, Names]>([
    ['over one merge base', 'Bob', rowNames('Flow', 'Bob'), namesOf('Bob')],
    [
      'over a merge base of two names',
      'Lisa',
      rowNames('Flow', 'Lisa', 'Explorer Lisa'),
      namesOf('Lisa', 'Explorer Lisa'),
    ],
    ['over a merge base without a name for the row', 'Lisa', rowNames('Flow', 'Lisa', null), namesOf('Lisa')],
    ['over no merge base', 'Bob', rowNames('Flow', null), namesOf('Bob')],
    ['to an agent that left the merge base', 'Rob', rowNames('Flow', 'Bob'), namesOf('Rob')],
    [
      "to an agent with the row's name of the merge base",
      'Explorer Lisa',
      rowNames('Flow', 'Lisa', 'Explorer Lisa'),
      namesOf('Explorer Lisa'),
    ],
    ['to an agent without a name', null, rowNames('Flow', 'Bob'), namesOf('')],
  ])('%s', (_, agent_name, row, before) => {
    expect(moveOf(row, agent_name)).toEqual({ before, after: namesOf('Flow') });
  });

  test("are null where the agent already has the row's name", () => {
    expect(moveOf(rowNames('Flow', 'Bob'), 'Flow')).toBeNull();
  });
});

test('a conflict moves both sides from the name that lost to the name that won', () => {
  const names = { retell_name: 'Lisa', database_name: 'Rob' };
  expect(nameMoveOf({ action: 'conflict', ...ENTRY, reason: 'Both', ...names })).toEqual({
    before: namesOf('Rob'),
    after: namesOf('Lisa'),
  });
});

describe('no name is moved by the action', () => {
  const MOVES = new Set(['update', 'restore', 'push', 'conflict']);
  const others = CHANGES.filter(({ action }) => !MOVES.has(action));

  test.each(others.map((change) => ({ ...change, name: 'Flow' })))('$action', (change) => {
    expect(nameMoveOf(change)).toBeNull();
  });
});
