/** The life of the process: starts, runs until Ctrl-C or SIGTERM, and stops what was started. */
import { setTimeout as delay } from 'node:timers/promises';
import { ConfigError } from '../../shared/config.ts';
import { AppError } from '../../shared/errors.ts';
import { redact, withoutCredentials } from '../../shared/redact.ts';
import { visibleSentence } from '../../shared/visible-text.ts';

/** Stops what was started, in reverse order. */
export type Stops = (() => Promise<void>)[];

/** `start` adds to the stops as it goes, and returns what to print. */
export async function runUntilSignal(start: (stops: Stops) => Promise<string>): Promise<void> {
  const stops: Stops = [];
  let stopping: Promise<void> | null = null;
  const stopOnce = () => (stopping ??= stopAll(stops));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // The terminal sends Ctrl-C to npm as well, which passes it on: the second one must not kill.
    process.on(signal, () => {
      if (stopping === null) console.log('\nStopping ...');
      void stopOnce().then(() => process.exit(0));
    });
  }
  try {
    console.log(await start(stops));
  } catch (error) {
    if (stopping !== null) return;
    console.error(`voice-agent-sync did not start: ${errorSentence(error)}`);
    if (!(error instanceof AppError || error instanceof ConfigError) && process.env['LOG_LEVEL'] === 'debug')
      console.error(redact(error, withoutCredentials));
    await stopOnce();
    process.exit(1);
  }
}

/** A sync can take minutes and survives an interruption: what has not stopped by then ends with the process. */
const STOP_MS = 10_000;

async function stopAll(stops: Stops): Promise<void> {
  const giveUp = delay(STOP_MS, undefined, { ref: false });
  for (const stop of stops.splice(0)) {
    await Promise.race([stop(), giveUp]).catch((error: unknown) => console.error(errorSentence(error)));
  }
}

/** One line: what happened, and what to do. It may quote a setting, or a name of the database. */
export function errorSentence(error: unknown): string {
  if (error instanceof AppError) return visibleSentence(withoutCredentials(`${error.message} ${error.hint}`));
  return visibleSentence(withoutCredentials(error instanceof Error ? error.message : String(error)));
}
