import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { batches } from '../../shared/aws/put-events.ts';
import { type DomainEvent, EVENT_SOURCE, EVENTS } from '../../shared/contract.ts';
import { createEventPublisher } from '../../shared/events.ts';
import { createLog } from '../../shared/log.ts';
import { type AwsStandIn, startAwsStandIn } from '../support/aws-stand-in.ts';

let aws: AwsStandIn;
const log = createLog({ format: 'text', level: 'error', secrets: () => [] });
const publisher = () => createEventPublisher('bus', log);
const orphaned = (index: number): DomainEvent => ({
  name: EVENTS.agentOrphaned,
  detail: { agent_id: `agent_${index}` },
});
const arrived = () => aws.events.map(({ Detail }) => JSON.parse(Detail).agent_id);

beforeAll(async () => {
  aws = await startAwsStandIn();
  Object.assign(process.env, aws.environment);
});
beforeEach(() => {
  aws.fault = null;
  aws.nextFaults.length = 0;
  aws.events.length = 0;
  aws.calls.length = 0;
});
afterAll(() => aws.close());

describe('events', () => {
  test('reach the bus in order, ten per call', async () => {
    expect(await publisher().publish(Array.from({ length: 23 }, (_, index) => orphaned(index)))).toBe(0);
    expect(aws.calls).toHaveLength(3);
    expect(aws.events.map(({ Detail }) => JSON.parse(Detail))).toEqual(
      Array.from({ length: 23 }, (_, index) => orphaned(index).detail),
    );
    expect(aws.events[0]).toMatchObject({ EventBusName: 'bus', Source: EVENT_SOURCE, DetailType: 'AgentOrphaned' });
  });

  test('without any, no call is made', async () => {
    expect(await publisher().publish([])).toBe(0);
    expect(aws.calls).toHaveLength(0);
  });

  test.each([
    ['refuses', { kind: 'error', type: 'AccessDeniedException' }],
    ['fails', { kind: 'error', type: 'InternalException', status: 500 }],
    ['refuses every entry', { kind: 'refuse_entries', code: 'ThrottlingException' }],
    ['does not respond', { kind: 'hang' }],
  ] as const)('are counted within seconds when the bus %s, and nothing is thrown', async (_, fault) => {
    aws.fault = fault;
    const began = performance.now();
    expect(await publisher().publish([orphaned(1), orphaned(2)])).toBe(2);
    expect(performance.now() - began).toBeLessThan(4_000);
  });

  test.each([
    ['fails', { kind: 'error', type: 'InternalException', status: 500 }],
    ['refuses every entry', { kind: 'refuse_entries', code: 'ThrottlingException' }],
  ] as const)('all arrive, once, when the bus %s once', async (_, fault) => {
    aws.nextFaults.push(fault);
    expect(await publisher().publish([orphaned(1), orphaned(2)])).toBe(0);
    expect(arrived()).toEqual(['agent_1', 'agent_2']);
  });

  test('that the bus accepted are not sent again with the refused events', async () => {
    aws.nextFaults.push({ kind: 'refuse_entries', code: 'InternalFailure', first: 1 });
    expect(await publisher().publish([orphaned(1), orphaned(2), orphaned(3)])).toBe(0);
    expect(arrived()).toEqual(['agent_2', 'agent_3', 'agent_1']);
  });
});

describe('a batch', () => {
  const entry = (bytes: number) => ({ Source: '', DetailType: '', Detail: 'é'.repeat(bytes / 2) });

  test('has at most 256 KB, counted in bytes', () => {
    expect(batches([entry(128 * 1_024), entry(128 * 1_024), entry(2)]).map(({ length }) => length)).toEqual([2, 1]);
  });

  test('with an entry that is too large contains no other', () => {
    expect(batches([entry(2), entry(300 * 1_024), entry(2)]).map(({ length }) => length)).toEqual([1, 1, 1]);
  });
});
