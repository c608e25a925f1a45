/** Messages to a measured process, and its results. */
import * as v from 'valibot';

const Bare = {
  /** Which details are fetched. */
  read: v.union([v.literal('all'), v.literal('none'), v.array(v.string())]),
  /** What is done with them. */
  write: v.picklist(['insert', 'update']),
  concurrency: v.number(),
};

export const SystemTask = v.object({
  invoke: v.picklist(['start', 'sync', 'audit', 'scheduled', 'continuation']),
  /** Milliseconds until the Lambda ends. */
  remaining_ms: v.number(),
  /** Detail of the event that requests a continuation. */
  detail: v.optional(v.record(v.string(), v.unknown()), {}),
});
export const BareTask = v.object(Bare);
export const WebhookTask = v.object({ agent_ids: v.array(v.string()), key: v.string(), events: v.number() });

export type SystemTask = v.InferInput<typeof SystemTask>;
export type BareTask = v.InferOutput<typeof BareTask>;
export type WebhookTask = v.InferOutput<typeof WebhookTask>;

const Common = {
  ms: v.number(),
  /** Highest resident memory of the process so far. */
  peak_bytes: v.number(),
};

export const Measurement = v.object({
  ...Common,
  statements: v.number(),
  /** Size of the Lambda's response; 0 without one. */
  answer_bytes: v.number(),
  partial: v.optional(v.boolean(), false),
  errors: v.optional(v.number(), 0),
  /** The detail of the event that requests a continuation. */
  continuation: v.optional(v.nullable(v.record(v.string(), v.unknown())), null),
});
export type Measurement = v.InferOutput<typeof Measurement>;

const Latency = v.object({ p50_ms: v.number(), p99_ms: v.number() });
const Rate = v.object({ at_once: v.number(), per_second: v.number() });
export const WebhookMeasurement = v.object({
  ...Common,
  empty: Latency,
  known: Latency,
  news: Latency,
  rates: v.array(Rate),
  statements_known: v.number(),
  statements_news: v.number(),
});
export type WebhookMeasurement = v.InferOutput<typeof WebhookMeasurement>;
