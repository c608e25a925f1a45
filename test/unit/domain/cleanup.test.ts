import { describe, expect, test } from '@jest/globals';
import { cleanupEntry, planCleanup } from '../../../shared/domain/cleanup.ts';
import { agentOf, NOW, observationOf, RULES } from './builders.ts';

const CANDIDATE = { id: '7', agent_id: 'agent_1', name: 'Bob', last_synced_at: NOW, orphaned_at: NOW };
const read = (agent: ReturnType<typeof agentOf> | null) => ({ ok: true, value: observationOf(agent) }) as const;
const GONE = read(null);
const BACK = read(agentOf());
const INELIGIBLE = read(agentOf({ agent_name: 'Support' }));

describe('a cleanup', () => {
  test.each([
    ['archives', 'gone', GONE, undefined, 'archived', 'Agent no longer exists in Retell'],
    ['archives', 'not eligible', INELIGIBLE, undefined, 'archived', 'Agent is no longer eligible'],
    [
      'keeps as deleted',
      'gone while a foreign key points to the row',
      GONE,
      'interview',
      'marked_deleted',
      'Agent no longer exists in Retell; kept because interview refers to it',
    ],
    ['restores', 'back', BACK, undefined, 'restored', 'The agent is back in Retell and eligible'],
    [
      'restores',
      'back while a foreign key points to the row',
      BACK,
      'interview',
      'restored',
      'The agent is back in Retell and eligible',
    ],
    [
      'keeps',
      'unreadable',
      { ok: false, reason: 'no response' } as const,
      undefined,
      'kept',
      'The agent could not be checked in Retell: no response',
    ],
    [
      'keeps',
      'not read in time',
      undefined,
      undefined,
      'kept',
      'The agent could not be checked in Retell: there was no time left',
    ],
  ])('%s an orphan whose agent is %s', (_, __, observation, referrers, outcome, reason) => {
    expect(planCleanup(CANDIDATE, { observation, referrers }, RULES)).toEqual({ outcome, reason });
  });

  test('keeps an orphan without an agent', () => {
    const evidence = { observation: GONE, referrers: undefined };
    expect(planCleanup({ ...CANDIDATE, agent_id: null }, evidence, RULES)).toEqual({
      outcome: 'kept',
      reason: 'The row has no agent that could be checked in Retell',
    });
  });
});

test('the entry of a cleanup shows when the row was last synced', () => {
  const decision = { outcome: 'kept', reason: 'x' } as const;
  const named = { interviewer_id: '7', agent_id: 'agent_1', name: 'Bob' };
  expect(cleanupEntry(CANDIDATE, decision)).toEqual({ ...named, last_synced: NOW.toISOString(), ...decision });
  expect(cleanupEntry({ ...CANDIDATE, last_synced_at: null }, decision)).toMatchObject({ last_synced: null });
});
