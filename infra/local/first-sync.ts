/** The sync with which `npm start` begins. */
import type { ScheduledSyncResponse } from '../../shared/api/scheduled-sync.ts';
import { onlyErrors } from '../../shared/log.ts';
import type { Services } from '../../shared/services.ts';
import { scheduledSync } from '../../shared/sync/sync.ts';
import { LAMBDA_MS } from './lambda-context.ts';
import { errorSentence } from './run-until-signal.ts';

const PATIENCE_MS = 2_000;

/** Its result, or why it failed. The summary replaces its log lines. */
export async function firstSync(services: Services, url: string): Promise<ScheduledSyncResponse | string> {
  const quiet = { ...services, log: onlyErrors(services.log) };
  const end = performance.now() + LAMBDA_MS;
  const remainingMs = () => end - performance.now();
  const patience = setTimeout(
    () => console.log(`Reading the account takes a while; ${url}/ shows the progress.`),
    PATIENCE_MS,
  );
  try {
    const request = { trigger: 'start', full: false, confirm_orphans: false, remainingMs } as const;
    return (await scheduledSync(quiet, request)).report;
  } catch (error) {
    return errorSentence(error);
  } finally {
    clearTimeout(patience);
  }
}
