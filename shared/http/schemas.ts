/** What requests may hold. The OpenAPI document is generated from the same schemas. */
import * as v from 'valibot';
import { EVENTS } from '../contract.ts';
import type { SyncRequest } from '../sync/sync-types.ts';
import type { Request } from './request.ts';
import { validated } from './validate.ts';

const Flag = v.optional(v.boolean(), false);
const NOT_EMPTY = v.minLength<string, 1, string>(1, 'must not be empty');

/** A query or a body that would be ignored, such as `?dry_run=true`, is refused before anything is done. */
export const Nothing = v.strictObject({});

export const SyncBody = v.strictObject({
  /** The plan; nothing is written anywhere. */
  dry_run: Flag,
  /** Read every agent again. */
  full: Flag,
  /** `true`, or the plan token that a 409 or a dry run carried. */
  confirm_orphans: v.optional(
    v.union([v.boolean(), v.pipe(v.string(), NOT_EMPTY, v.maxLength(64))], 'must be true, false or a plan token'),
    false,
  ),
});

/** Any that Retell may have given; a NUL, which Postgres refuses, is in none. */
export const AgentId = v.pipe(
  v.string(),
  NOT_EMPTY,
  v.maxLength(255),
  v.regex(/^\P{Cc}*$/u, 'must have no control characters'),
);

export const AuditQuery = v.strictObject({ agent_id: v.optional(AgentId) });

export const ScheduledSyncQuery = v.strictObject({ action: v.optional(v.picklist(['status'])) });

const Timestamp = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => new Date(text)),
);

const ContinuationEvent = v.object({
  'detail-type': v.literal(EVENTS.syncContinuationRequested),
  detail: v.object({
    confirm_orphans: v.union([v.boolean(), v.string()]),
    started_at: Timestamp,
    stale_before: Timestamp,
  }),
});

/** What the schedule, or the bus when a run asked for its continuation, wants done. */
export function parseDirectInvocation(
  event: unknown,
): Pick<SyncRequest, 'trigger' | 'full' | 'confirm_orphans' | 'continuation'> {
  const parsed = v.safeParse(ContinuationEvent, event);
  if (!parsed.success) return { trigger: 'schedule', full: false, confirm_orphans: false };
  const { confirm_orphans, ...continuation } = parsed.output.detail;
  return { trigger: 'continuation', full: false, confirm_orphans, continuation };
}

/** Query values are text; this is a whole number in it. */
function wholeNumber(least: number, most: number) {
  return v.pipe(
    v.string(),
    v.regex(/^\d{1,15}$/, 'must be a whole number of at most 15 digits'),
    v.transform(Number),
    v.minValue(least),
    v.maxValue(most),
  );
}

export const RunsQuery = v.strictObject({
  limit: v.optional(wholeNumber(1, 200), '50'),
  /** The `next` of the page before. */
  before: v.optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
});

export const AgentsQuery = v.strictObject({
  limit: v.optional(wholeNumber(1, 2_000), '2000'),
  /** The `next` of the page before. */
  after: v.optional(v.union([v.literal(''), AgentId]), ''),
});

export const RunQuery = v.strictObject({
  limit: v.optional(wholeNumber(1, 1_000), '200'),
  /** The `next` of the page before. */
  offset: v.optional(wholeNumber(0, Number.MAX_SAFE_INTEGER), '0'),
});

/** @throws AppError `invalid_request` */
export function integerParameter(request: Request, name: string): number {
  return (
    validated(v.object({ [name]: wholeNumber(1, Number.MAX_SAFE_INTEGER) }), 'path', request.path_parameters)[name] ?? 0
  );
}

const CleanupBody = v.strictObject({
  action: v.literal('cleanup_orphaned'),
  /** What would happen; nothing is changed anywhere. */
  dry_run: Flag,
  older_than_days: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(36_500)), 7),
  /** The number of candidates, as the 409 told it. */
  confirm: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
});

const RestoreBody = v.strictObject({
  action: v.literal('restore'),
  agent_ids: v.pipe(
    v.array(AgentId, 'must be a list of agent ids'),
    v.minLength(1, 'must not be empty'),
    v.maxLength(1_000),
  ),
});

/** `POST /api/audit-agents`: what it does is in `action`. */
export const AuditAction = v.variant('action', [CleanupBody, RestoreBody]);
