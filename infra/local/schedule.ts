/** Replaces EventBridge Scheduler on one machine. */
import type { Schedule } from '../../shared/config.ts';
import { SCHEDULE_EVENT } from '../../shared/contract.ts';
import type { Log } from '../../shared/log.ts';
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
