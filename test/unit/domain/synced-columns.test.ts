import { describe, expect, test } from '@jest/globals';
import {
  columnChanges,
  columnValues,
  describeChange,
  fieldChange,
  SYNCED_COLUMNS,
} from '../../../shared/domain/synced-columns.ts';
import { agentOf, rowOf } from './builders.ts';

test('the values of an agent are those of its row, with times as ISO strings', () => {
  expect(columnValues(agentOf())).toEqual({
    voice_id: 'voice_1',
    agent_version: 3,
    language: 'en-US',
    retell_modified_at: '2026-02-01T00:00:00.000Z',
    retell_metadata: { voice_speed: 1 },
  });
});

test('a row in sync has no change in any synced column', () => {
  expect(columnChanges(rowOf(), agentOf())).toEqual([]);
});

test.each(SYNCED_COLUMNS.map(({ column }) => [column] as const))('a row that lacks %s changes in it', (column) => {
  const changes = columnChanges({ ...rowOf(), [column]: null }, agentOf());
  expect(changes).toEqual([{ field: column, from: null, to: columnValues(agentOf())[column] }]);
});

describe('a change of metadata', () => {
  const changesBetween = (row: object, agent: object) =>
    columnChanges(rowOf({ retell_metadata: { ...row } }), agentOf({ metadata: { ...agent } }));

  test('names each setting that differs, was added or was removed', () => {
    expect(
      changesBetween({ volume: 1, voice_model: 'a', same: [1, 2] }, { volume: 1.5, voice_speed: 2, same: [1, 2] }),
    ).toEqual([
      { field: 'retell_metadata.voice_model', from: 'a', to: null },
      { field: 'retell_metadata.voice_speed', from: null, to: 2 },
      { field: 'retell_metadata.volume', from: 1, to: 1.5 },
    ]);
  });

  test('ignores the order of keys, and treats null as absent', () => {
    expect(
      changesBetween({ response_engine: { type: 'a', version: 1 } }, { response_engine: { version: 1, type: 'a' } }),
    ).toEqual([]);
    expect(changesBetween({ volume: null }, {})).toEqual([]);
  });

  test('does not treat inherited properties as settings', () => {
    const change = { field: 'retell_metadata.constructor', from: 'x', to: null };
    expect(changesBetween({ constructor: 'x' }, {})).toEqual([change]);
  });
});

test('a change reads as field, old value and new value', () => {
  expect(fieldChange('name', 'A', 'B').map(describeChange)).toEqual(['name: "A" -> "B"']);
  expect(fieldChange('name', 'A', 'A')).toEqual([]);
});
