/** One change of each action, and how they are counted. */
import type { Change } from '../../../shared/domain/change.ts';
import { agentOf, observationOf, rowOf } from './builders.ts';

const OBSERVATION = { ...observationOf(agentOf()), agent: agentOf() };
export const ENTRY = { agent_id: 'agent_1', interviewer_id: '1', name: 'Bob', voice_id: 'voice_1' };
export const FIELDS = [{ field: 'name', from: 'Bob', to: 'Lisa' }];
const ROW = { row: rowOf(), observation: OBSERVATION, changes: FIELDS };

/** One change of each action, in reading order. */
export const CHANGES: readonly Change[] = [
  { action: 'create', agent_id: 'agent_1', name: 'Bob', reason: 'New', observation: OBSERVATION },
  { action: 'link', ...ENTRY, reason: 'Linked', row: rowOf(), observation: OBSERVATION },
  { action: 'update', ...ENTRY, name: 'Lisa', reason: 'name', ...ROW },
  { action: 'restore', ...ENTRY, reason: 'Back', ...ROW },
  { action: 'orphan', ...ENTRY, reason: 'Gone', row: rowOf(), observation: observationOf(null) },
  { action: 'push', ...ENTRY, reason: 'name in Retell', row: rowOf(), agent: agentOf() },
  { action: 'create_agent', ...ENTRY, agent_id: null, reason: 'Agent created', row: rowOf() },
  { action: 'conflict', ...ENTRY, name: 'Lisa', reason: 'Both', retell_name: 'Lisa', database_name: 'Bob' },
  { action: 'skip', agent_id: 'agent_2', name: 'Kabob', reason: 'No match', missing_fields: [] },
  { action: 'error', agent_id: null, name: 'An agent without an id', reason: 'No id' },
  { action: 'verify', ...ENTRY, reason: 'In sync', ...ROW, changes: [] },
];

export const COUNTS = {
  created: 1,
  updated: 2,
  restored: 1,
  orphaned: 1,
  pushed: 2,
  conflicts: 1,
  skipped: 1,
  errors: 1,
};
