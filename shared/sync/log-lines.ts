/** Log lines of a run: what happened, to which thing and in which run. What to do next is in the fields. */
import type { RunKind } from '../api/run-kind.ts';
import { type Change, loggedAction } from '../domain/change.ts';
import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import { withoutFullStop } from '../text.ts';
import { GuardError } from './guard.ts';

const TITLES: Readonly<Record<RunKind, string>> = {
  sync: 'Sync',
  scheduled: 'Scheduled sync',
  sync_agent: 'Sync of one agent',
  audit: 'Audit',
  cleanup: 'Cleanup',
  restore: 'Restore',
  undo: 'Undo',
  webhook: 'Webhook',
};

export interface LoggedRun {
  /** null: a dry run. */
  readonly run_id: number | null;
  readonly kind: RunKind;
}

/** A guard waits for a person, a request is refused, or a run failed; only the last is an error. */
export function logFailedRun(log: Log, run: LoggedRun, error: unknown): void {
  const title = TITLES[run.kind];
  if (error instanceof GuardError) {
    const { headline, confirm, message, code } = error;
    log.warn(`${headline}, ${nameOf(run)}`, { ...run, code, reason: message, confirm });
  } else if (!(error instanceof AppError)) {
    log.error(`${title} failed for an unexpected reason, ${nameOf(run)}`, { ...run, error });
  } else {
    const { code, hint, status, cause } = error;
    const fields = { ...run, code, hint, error: cause };
    const what = `${withoutFullStop(error.message)}, ${nameOf(run)}`;
    if (status < 500) log.warn(`${title} refused: ${what}`, fields);
    else log.error(`${title} failed: ${what}`, fields);
  }
}

function nameOf({ run_id }: LoggedRun): string {
  return run_id === null ? 'dry run' : `run ${run_id}`;
}

/** Skips repeat from run to run, so they are only in the run's report. */
export function logChange(log: Log, run_id: number | null, change: Change): void {
  const action = loggedAction(change);
  if (action === null || action === 'skipped') return;
  const { agent_id, name, reason } = change;
  const fields = { run_id, agent_id, reason };
  if (action === 'error') log.warn(`Agent ${JSON.stringify(name)} could not be synced`, fields);
  else log.info(`Agent ${JSON.stringify(name)} ${WORDS[action] ?? action}`, fields);
}

/** The actions whose word is not a participle. */
const WORDS: Readonly<Record<string, string>> = { conflict: 'renamed on both sides: the name in Retell won' };

/** An interviewer that a cleanup, restore or undo changed, or left unchanged. */
export interface LoggedEntry {
  readonly agent_id: string | null;
  readonly name: string;
  readonly outcome: string;
  readonly reason: string;
}

export function logEntry(log: Log, run_id: number | null, { outcome, name, ...entry }: LoggedEntry): void {
  const level = outcome === 'failed' ? 'warn' : 'info';
  log[level](`Interviewer ${JSON.stringify(name)} ${outcome.replace('_', ' ')}`, { run_id, ...entry });
}
