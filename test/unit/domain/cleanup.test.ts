import { describe, expect, test } from '@jest/globals';
import { cleanupEntry, decideFate } from '../../../shared/domain/cleanup.ts';
import { agentOf, NOW, PATTERNS, readingOf } from './builders.ts';

const CANDIDATE = { id: '7', agent_id: 'agent_1', name: 'Bob', last_synced_at: NOW };
const GONE = readingOf(null);
const BACK = readingOf(agentOf());
const INELIGIBLE = readingOf(agentOf({ agent_name: 'Support' }));

describe('the fate of an orphan', () => {
  test.each([
    ['gone', GONE, undefined, { outcome: 'archived', reason: 'Agent no longer exists in Retell' }],
    ['not eligible', INELIGIBLE, undefined, { outcome: 'archived', reason: 'Agent is no longer eligible' }],
    [
      'gone, but referred to',
      GONE,
      'interview',
      { outcome: 'marked_deleted', reason: 'Agent no longer exists in Retell; kept because interview refers to it' },
    ],
    ['back', BACK, undefined, { outcome: 'restored', reason: 'The agent is back in Retell and eligible' }],
    [
      'back, and referred to',
      BACK,
      'interview',
      { outcome: 'restored', reason: 'The agent is back in Retell and eligible' },
    ],
    [
      'not to be asked after',
      'Retell was silent',
      undefined,
      { outcome: 'kept', reason: 'Retell could not be asked after the agent: Retell was silent' },
    ],
    [
      'not asked after',
      undefined,
      undefined,
      { outcome: 'kept', reason: 'Retell could not be asked after the agent: there was no time left' },
    ],
  ])('%s', (_, word, referrers, fate) => {
    expect(decideFate(CANDIDATE, word, referrers, PATTERNS)).toEqual(fate);
  });

  test('is to be kept when it has no agent', () => {
    expect(decideFate({ ...CANDIDATE, agent_id: null }, GONE, undefined, PATTERNS)).toEqual({
      outcome: 'kept',
      reason: 'The row has no agent to ask Retell after',
    });
  });
});

test('an entry tells when the row was last in step', () => {
  const fate = { outcome: 'kept', reason: 'x' } as const;
  const entry = {
    interviewer_id: CANDIDATE.id,
    agent_id: 'agent_1',
    name: 'Bob',
    last_synced: NOW.toISOString(),
    ...fate,
  };
  expect(cleanupEntry(CANDIDATE, fate)).toEqual(entry);
  expect(cleanupEntry({ ...CANDIDATE, last_synced_at: null }, fate)).toEqual({ ...entry, last_synced: null });
});
