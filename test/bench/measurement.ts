/** Messages to a measured process, and its results. */
import * as v from 'valibot';

export const SystemTask = v.object({
  invoke: v.picklist(['sync', 'scheduled', 'continuation']),
  /** Milliseconds until the Lambda ends. */
  remaining_ms: v.number(),
  /** Detail of the event that requests a continuation. */
  detail: v.optional(v.record(v.string(), v.unknown()), {}),
});
export const BareTask = v.object({
  client: v.picklist(['fetch', 'node:http']),
  /** Which details are fetched. */
  read: v.union([v.literal('all'), v.array(v.string())]),
  /** What is done with them. */
  write: v.picklist(['insert', 'update']),
  concurrency: v.number(),
});
export const WebhookTask = v.object({ agent_ids: v.array(v.string()), events: v.number() });
export const FreshnessTask = v.object({
  agent_ids: v.array(v.string()),
  /** The schedule's interval. */
  every_ms: v.number(),
});

export type SystemTask = v.InferInput<typeof SystemTask>;
export type BareTask = v.InferOutput<typeof BareTask>;
export type WebhookTask = v.InferOutput<typeof WebhookTask>;
export type FreshnessTask = v.InferOutput<typeof FreshnessTask>;

const Common = {
  ms: v.number(),
  /** Highest resident memory of the process so far. */
  peak_bytes: v.number(),
  statements: v.number(),
};

export const Measurement = v.object({
  ...Common,
  partial: v.optional(v.boolean(), false),
  errors: v.optional(v.number(), 0),
  /** The detail of the event that requests a continuation. */
  continuation: v.optional(v.nullable(v.record(v.string(), v.unknown())), null),
});
export type Measurement = v.InferOutput<typeof Measurement>;

/** Medians; statements of one event. */
export const WebhookMeasurement = v.object({ ...Common, empty_ms: v.number() });
export type WebhookMeasurement = v.InferOutput<typeof WebhookMeasurement>;

const Summary = v.object({ p50_ms: v.number(), p95_ms: v.number(), samples: v.number() });
export const FreshnessMeasurement = v.object({ with_event: Summary, without_event: Summary });
export type FreshnessMeasurement = v.InferOutput<typeof FreshnessMeasurement>;
