import { expect, test } from '@jest/globals';
import type { Warning } from '../../../shared/api/audit.ts';
import { agentsInConflict, openWarnings, storedWarnings, warningsOf } from '../../../shared/domain/warnings.ts';
import { agentOf } from './builders.ts';

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
  expect(agentsInConflict(STORED)).toEqual(['a', 'b']);
  expect(openWarnings(STORED, new Set(['b']))).toEqual(asReported);
  expect(openWarnings(STORED, new Set())).toEqual(asReported.slice(1));
  expect(openWarnings(STORED, new Set(['c']))).toEqual(asReported.slice(1));
});

test('agents whose names look the same are listed by id, in whatever order they are read, and at most five are named', () => {
  const names = ['Bob', 'Ｂob', 'Bｏb', 'Boｂ', 'Ｂｏb', 'Ｂｏｂ'];
  const sharing = names.map((agent_name, index) => agentOf({ agent_id: `a${index}`, agent_name }));
  const warned = (eligible: typeof sharing) =>
    warningsOf({
      eligible,
      orphans: [],
      drafts: [],
      conflicts: [],
      change_sources: { by_webhook: 0, by_schedule: 0, events_arrive: false },
    });
  const [duplicate, ...others] = warned(sharing);
  expect(others).toEqual([]);
  expect(duplicate).toMatchObject({ code: 'duplicate_name', agent_ids: ['a0', 'a1', 'a2', 'a3', 'a4', 'a5'] });
  expect(duplicate?.text).toContain(
    `6 agents are named ${names
      .slice(0, 5)
      .map((name) => `"${name}"`)
      .join(' or ')} (`,
  );
  expect(warned(sharing.toReversed())).toEqual([duplicate]);
  expect(warned([...sharing.slice(2), ...sharing.slice(0, 2)])).toEqual([duplicate]);
});
