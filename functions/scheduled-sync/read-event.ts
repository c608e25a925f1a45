import * as v from 'valibot';
import { EVENT_SOURCE, EVENTS, SCHEDULE_EVENT } from '../../shared/contract.ts';
import { AppError } from '../../shared/errors.ts';
import type { SyncRequest } from '../../shared/sync/sync-types.ts';

const Time = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => new Date(text)),
);

/** What EventBridge Scheduler sends: the schedule's own input. */
const ScheduleEvent = v.object({ source: v.literal(SCHEDULE_EVENT.source) });

/** What the bus sends when a partial run asks for its continuation. */
const ContinuationEvent = v.object({
  source: v.literal(EVENT_SOURCE),
  'detail-type': v.literal(EVENTS.syncContinuationRequested),
  detail: v.object({
    confirm_orphans: v.union([v.boolean(), v.string()]),
    started_at: Time,
    stale_before: Time,
  }),
});

type EventRequest = Pick<SyncRequest, 'trigger' | 'full' | 'confirm_orphans' | 'continuation'>;

/**
 * The sync that an event requests. An event must be recognized: anything may invoke a function by mistake, and must not start
 * a sync.
 * @throws AppError `unknown_event`
 */
export function readEvent(event: unknown): EventRequest {
  if (v.is(ScheduleEvent, event)) return { trigger: 'schedule', full: false, confirm_orphans: false };
  const parsed = v.safeParse(ContinuationEvent, event);
  if (!parsed.success) throw unknownEvent();
  const { confirm_orphans, ...continuation } = parsed.output.detail;
  return { trigger: 'continuation', full: false, confirm_orphans, continuation };
}

function unknownEvent(): AppError {
  return new AppError(
    400,
    'unknown_event',
    'This event is neither from the schedule nor a request for a continuation.',
    `Invoke the function with ${JSON.stringify(SCHEDULE_EVENT)}, or send POST /api/scheduled-sync.`,
  );
}
