import * as v from 'valibot';
import { EVENT_SOURCE, EVENTS, SCHEDULE_EVENT } from '../../shared/contract.ts';
import { AppError } from '../../shared/errors.ts';

/** What EventBridge Scheduler sends: the schedule's own input. */
const ScheduleEvent = v.object({ source: v.literal(SCHEDULE_EVENT.source) });

/** What the bus sends when a partial run requests its continuation. */
const ContinuationEvent = v.object({
  source: v.literal(EVENT_SOURCE),
  'detail-type': v.literal(EVENTS.syncContinuationRequested),
  // Nothing else of the detail is read: the event itself grants nothing.
  detail: v.object({ run_id: v.pipe(v.number(), v.safeInteger(), v.minValue(1)) }),
});

export type EventRequest = { readonly kind: 'schedule' } | { readonly kind: 'continuation'; readonly run_id: number };

/**
 * The sync that an event requests. An event must be recognized: anything may invoke a function by mistake, and must not
 * start a sync.
 * @throws AppError `unknown_event`
 */
export function readEvent(event: unknown): EventRequest {
  if (v.is(ScheduleEvent, event)) return { kind: 'schedule' };
  const parsed = v.safeParse(ContinuationEvent, event);
  if (!parsed.success) throw unknownEvent();
  return { kind: 'continuation', run_id: parsed.output.detail.run_id };
}

function unknownEvent(): AppError {
  return new AppError({
    status: 400,
    code: 'unknown_event',
    message: 'This event is neither from the schedule nor a request for a continuation.',
    hint: `Invoke the function with ${JSON.stringify(SCHEDULE_EVENT)}, or send POST /api/scheduled-sync.`,
  });
}
