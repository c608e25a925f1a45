/** Arbitraries of schedules: changes on both sides, requests and faults. */
import * as fc from 'fast-check';
import type { Travel } from '../support/simulator.ts';

/**
 * `slot` chooses among the agents, or rows, that exist when the step runs. A change that is `relayed` is
 * followed by its webhook at once.
 */
export type Step =
  | { readonly kind: 'retell_create'; readonly name: string; readonly relayed: boolean }
  | {
      readonly kind: 'retell_edit';
      readonly slot: number;
      readonly name?: string;
      readonly voice_id?: string;
      readonly publish: boolean;
      readonly relayed: boolean;
    }
  | { readonly kind: 'retell_repair'; readonly slot: number; readonly relayed: boolean }
  | { readonly kind: 'retell_delete'; readonly slot: number; readonly relayed: boolean }
  | { readonly kind: 'row_rename'; readonly slot: number; readonly name: string }
  | { readonly kind: 'row_delete' | 'row_remove' | 'row_refer'; readonly slot: number }
  /** With `slot`, the platform created the agent itself and adds its row. */
  | { readonly kind: 'row_insert'; readonly name: string; readonly slot: number | null }
  | {
      readonly kind: 'webhook';
      readonly slot: number;
      readonly event: string;
      readonly copies: number;
      readonly killed_at: number | null;
    }
  | { readonly kind: 'sync'; readonly full: boolean; readonly dry_run: boolean; readonly killed_at: number | null }
  | { readonly kind: 'scheduled'; readonly killed_at: number | null }
  | { readonly kind: 'direct'; readonly killed_at: number | null }
  | { readonly kind: 'audit'; readonly killed_at: number | null }
  | { readonly kind: 'cleanup'; readonly killed_at: number | null }
  | { readonly kind: 'restore'; readonly slot: number; readonly killed_at: number | null }
  | { readonly kind: 'kill_connections' }
  | { readonly kind: 'retell_fault'; readonly path: string; readonly times: number; readonly fault: FaultName }
  | { readonly kind: 'hide_from_listing'; readonly slot: number };

export type FaultName = 'error' | 'reset' | 'lost_response' | 'truncated' | 'throttled' | 'html';

export interface Timed {
  /** Milliseconds from the beginning of its round. */
  readonly after: number;
  readonly step: Step;
}

export interface Schedule {
  readonly agents: readonly { readonly name: string; readonly published: boolean }[];
  readonly creates_agents: boolean;
  /** The number of COMMITs, from the first one on, whose response is lost. */
  readonly lost_commits: number;
  /** Latencies of the calls to Retell, in turn. They differ, so that an older response can arrive after a newer one. */
  readonly travels: readonly Travel[];
  /** The steps of a round run concurrently; the next round begins when all of them have ended. */
  readonly rounds: readonly (readonly Timed[])[];
}

/** The names with which an agent is eligible. */
export const ELIGIBLE = ['Bob', 'Lisa', 'Interview guide', 'Flow', 'Kind Bob', 'Voice of reason'] as const;

const slot = fc.nat(11);
const eligibleName = fc.constantFrom(...ELIGIBLE);
const name = fc.oneof({ weight: 5, arbitrary: eligibleName }, fc.constant('Support desk'));
const voice_id = fc.constantFrom('11labs-Adrian', 'openai-Alloy', 'retell-Cimo');
const killed_at = fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, fc.integer({ min: 1, max: 60 }));
const relayed = fc.boolean();
const of = <Kind extends Step['kind']>(kind: Kind) => fc.constant(kind);

const change: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: of('retell_create'), name, relayed }),
  {
    weight: 5,
    arbitrary: fc.record(
      { kind: of('retell_edit'), slot, name, voice_id, publish: fc.boolean(), relayed },
      { requiredKeys: ['kind', 'slot', 'publish', 'relayed'] },
    ),
  },
  fc.record({ kind: of('retell_repair'), slot, relayed }),
  fc.record({ kind: of('retell_delete'), slot, relayed }),
  { weight: 3, arbitrary: fc.record({ kind: of('row_rename'), slot, name: eligibleName }) },
  fc.record({ kind: fc.constantFrom('row_delete' as const, 'row_remove' as const, 'row_refer' as const), slot }),
  {
    weight: 2,
    arbitrary: fc.record({ kind: of('row_insert'), name: eligibleName, slot: fc.option(slot, { nil: null, freq: 1 }) }),
  },
);

const request: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: of('webhook'),
      slot,
      event: fc.constantFrom('agent.created', 'agent.updated', 'agent_deleted', 'call_ended', 'chat_started'),
      copies: fc.integer({ min: 1, max: 3 }),
      killed_at,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: of('sync'), full: fc.boolean(), dry_run: fc.nat(5).map((n) => n === 0), killed_at }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('scheduled' as const, 'direct' as const), killed_at }) },
  fc.record({ kind: of('audit'), killed_at }),
  { weight: 2, arbitrary: fc.record({ kind: of('cleanup'), killed_at }) },
  fc.record({ kind: of('restore'), slot, killed_at }),
);

const fault: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: of('kill_connections') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: of('retell_fault'),
      path: fc.constantFrom(
        '/get-agent/',
        '/v2/list-agents',
        '/create-agent',
        '/update-agent/',
        '/publish-agent-version/',
      ),
      times: fc.constantFrom(1, 2, 6),
      fault: fc.constantFrom<FaultName>('error', 'reset', 'lost_response', 'truncated', 'throttled', 'html'),
    }),
  },
  fc.record({ kind: of('hide_from_listing'), slot }),
);

const milliseconds = fc.constantFrom(0, 0, 0, 2, 4, 8, 16);

const timed = fc.record({
  after: milliseconds,
  step: fc.oneof({ weight: 5, arbitrary: change }, { weight: 6, arbitrary: request }, { weight: 1, arbitrary: fault }),
});

/** A person tries voices of an agent, and each change sends a webhook, so that a slow response is out of date. */
const rush: fc.Arbitrary<readonly Timed[]> = fc
  .record({ slot, edits: fc.array(fc.record({ voice_id, after: milliseconds }), { minLength: 3, maxLength: 5 }) })
  .map(({ slot, edits }) =>
    edits.map(({ voice_id, after }) => ({
      after,
      step: { kind: 'retell_edit', slot, voice_id, publish: true, relayed: true },
    })),
  );

const round: fc.Arbitrary<readonly Timed[]> = fc
  .tuple(fc.array(timed, { minLength: 1, maxLength: 6 }), fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, rush))
  .map((parts) => parts.flat());

const travel: fc.Arbitrary<Travel> = fc.record({
  there: fc.constantFrom(0, 0, 0, 1, 3),
  back: fc.constantFrom(0, 0, 0, 0, 2, 25),
});

const schedules: fc.Arbitrary<Schedule> = fc.record({
  agents: fc.array(fc.record({ name, published: fc.boolean() }), { minLength: 2, maxLength: 7 }),
  creates_agents: fc.nat(2).map((drawn) => drawn === 0),
  lost_commits: fc.constantFrom(0, 0, 0, 1, 2),
  travels: fc.array(travel, { minLength: 1, maxLength: 12 }),
  rounds: fc.array(round, { minLength: 2, maxLength: 5 }),
});

/** The same seed gives the same schedule. */
export function scheduleOf(seed: number): Schedule {
  const [schedule] = fc.sample(schedules, { seed, numRuns: 1 });
  if (schedule === undefined) throw new Error('fast-check gave no sample');
  return schedule;
}
