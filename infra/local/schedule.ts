/** The local stand-in for EventBridge Scheduler. */
import type { Schedule } from '../../shared/config.ts';
import { SCHEDULE_EVENT } from '../../shared/contract.ts';
import type { Log } from '../../shared/log.ts';
import { invokeScheduledSync } from './invoke-scheduled-sync.ts';

export interface RunningSchedule {
  /** Resolves once a sync under way has ended. */
  stop(): Promise<void>;
}

/** Syncs every so often; one that takes longer than that is not overtaken by the next. */
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
    log.error('The scheduled sync failed; the next one tries again', { error });
  }
}
