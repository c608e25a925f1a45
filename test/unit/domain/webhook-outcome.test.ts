import { describe, expect, test } from '@jest/globals';
import { WEBHOOK_RINGS } from '../../../shared/contract.ts';
import {
  bounded,
  countedName,
  isNotable,
  newestKept,
  type ReceivedEvent,
  refusalReason,
  UNVERIFIED,
} from '../../../shared/domain/webhook-outcome.ts';

const NOW_MS = 1_773_342_238_000;
const signature = (signed_ms: number) => `v=${signed_ms},d=${'a'.repeat(64)}`;

describe('a refused event says', () => {
  const NO_HEADER = 'The request has no x-retell-signature header';
  const FORM = 'The x-retell-signature header is not of the form v={milliseconds},d={hex digest}';
  const NO_KEY = 'No key matches the signature: it was made with another key, or over another body';
  test.each([
    ['no header', undefined, NO_HEADER],
    ['an empty header', '', NO_HEADER],
    ['a bare digest', 'a'.repeat(64), FORM],
    ['two signatures', `${signature(NOW_MS)},${signature(NOW_MS)}`, FORM],
    ['a signature of now', signature(NOW_MS), NO_KEY],
    ['a signature of five minutes ago', signature(NOW_MS - 300_000), NO_KEY],
    [
      'a signature of six minutes ago',
      signature(NOW_MS - 360_000),
      'The signature is older than five minutes, by 60 seconds',
    ],
    ['a signature of 301 s ago', signature(NOW_MS - 301_000), 'The signature is older than five minutes, by 1 second'],
    [
      'a signature of in ten minutes',
      signature(NOW_MS + 600_000),
      'The signature is more than five minutes in the future, by 300 seconds: the clocks differ',
    ],
  ])('why, for %s', (_, header, reason) => {
    expect(refusalReason(header, NOW_MS)).toBe(reason);
  });
});

test('names outside the known set are counted as other', () => {
  expect(
    ['call_ended', 'agent.created', 'agent.updated', 'agent_deleted', 'call_x', '', UNVERIFIED].map(countedName),
  ).toEqual(['call_ended', 'agent.created', 'agent.updated', 'agent_deleted', 'other', 'other', 'unverified']);
});

test('an event that changed nothing is only counted', () => {
  const outcomes = ['created', 'blocked', 'refused', 'failed', 'invalid', 'ignored', 'unchanged', 'skipped'] as const;
  expect(outcomes.filter((outcome) => isNotable({ outcome }))).toEqual([
    'created',
    'blocked',
    'refused',
    'failed',
    'invalid',
  ]);
});

test('what is kept of an event is bounded, and has no character that Postgres refuses', () => {
  const event = { received_at: new Date(), event: 'x'.repeat(1_000), outcome: 'invalid', agent_id: null } as const;
  const { event: name, detail } = bounded({ ...event, detail: `\u0000\ud800${'x'.repeat(1_000)}` });
  expect([name, detail.length, detail.slice(0, 3)]).toEqual(['other', 500, ' \ufffdx']);
});

test('refused and invalid events are kept up to 20 each, and push out none of the other 200', () => {
  const received = (outcome: ReceivedEvent['outcome'], count: number): readonly ReceivedEvent[] =>
    Array.from({ length: count }, (_, index) => {
      return { received_at: new Date(index), event: 'agent.created', outcome, agent_id: null, detail: `${index}` };
    });
  const [created, refused, invalid] = [received('created', 201), received('refused', 21), received('invalid', 22)];
  const kept = newestKept([...created, ...refused, ...invalid], WEBHOOK_RINGS);
  expect(kept).toEqual([...created.slice(1), ...refused.slice(1), ...invalid.slice(2)]);
  const few = [...received('created', 2), ...received('invalid', 1)];
  expect(newestKept(few, WEBHOOK_RINGS)).toEqual(few);
  expect(newestKept([], WEBHOOK_RINGS)).toEqual([]);
});
