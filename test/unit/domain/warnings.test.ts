import { expect, test } from '@jest/globals';
import type { Warning } from '../../../shared/api/audit.ts';
import { openWarnings, storedWarnings } from '../../../shared/domain/warnings.ts';

const STORED = [
  { code: 'name_conflict', text: 'Renamed on both sides', action: 'acknowledge_or_undo', agent_ids: ['a', 'b'] },
  { code: 'duplicate_name', text: '2 agents are named "Bob"', action: 'rename_agent', agent_ids: ['c', 'd'] },
] as const;
const asReported = STORED.map((stored) => ({ ...stored, kind: stored.code, details: stored.text }) satisfies Warning);

test('stored warnings are without the older names of their fields, and cut like a response', () => {
  expect(storedWarnings(asReported, 2)).toEqual(STORED);
  expect(storedWarnings(asReported, 1)).toEqual([{ ...STORED[0], agent_ids: ['a'] }]);
});

test('a stored conflict is open while one of its agents has an open conflict; other warnings stay', () => {
  const conflictOf = (agent_id: string) => {
    return {
      agent_id,
      name: 'Bob',
      retell_name: 'Lisa',
      database_name: 'Bob',
      run_id: 1,
      decided_at: '2026-03-01T12:00:00.000Z',
    };
  };
  expect(openWarnings(STORED, [conflictOf('b')])).toEqual(asReported);
  expect(openWarnings(STORED, [])).toEqual(asReported.slice(1));
  expect(openWarnings(STORED, [conflictOf('c')])).toEqual(asReported.slice(1));
});
