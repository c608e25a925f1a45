/** The timers of one machine: in place of EventBridge Scheduler, and of the next event that writes pending counts. */
import type { Schedule } from '../../shared/config.ts';
import { SCHEDULE_EVENT } from '../../shared/contract.ts';
import type { Log } from '../../shared/log.ts';
import type { Services } from '../../shared/services.ts';
import { flushWebhookEvents } from '../../shared/sync/webhooks.ts';
import { invokeScheduledSync } from './invoke-scheduled-sync.ts';

export interface RunningSchedule {
  /** Resolves once a running sync has ended. */
  stop(): Promise<void>;
}

/** Syncs at this rate; while a sync still runs, the next one is skipped. */
export function startSchedule(schedule: Schedule, log: Log): RunningSchedule {
  if (schedule.kind === 'off') return { stop: async () => {} };
  let underWay: Promise<void> | null = null;
  const timer = setInterval(() => {
    underWay ??= syncOnce(log).finally(() => {
      underWay = null;
    });
  }, schedule.every_ms);
  return {
    async stop() {
      clearInterval(timer);
      await underWay;
    },
  };
}

async function syncOnce(log: Log): Promise<void> {
  try {
    await invokeScheduledSync(SCHEDULE_EVENT);
  } catch (error) {
    log.error('The scheduled sync failed; the next one runs as usual', { error });
  }
}

const FLUSH_MS = 10_000;

/** On Lambda the next event writes pending counts of webhooks; here a person may be waiting for them. Returns its stop. */
export function startFlushing(services: Services): () => Promise<void> {
  const timer = setInterval(() => void flushWebhookEvents(services), FLUSH_MS).unref();
  return async () => clearInterval(timer);
}
