import { setTimeout as delay } from 'node:timers/promises';
import type { StepContext } from './context.ts';

export interface Step {
  readonly name: string;
  /** Resolves with what it saw; throws if something is wrong. */
  readonly run: (context: StepContext) => Promise<Seen>;
}

export type Seen = string | { readonly skipped: string };

/** Whether all steps passed. A step that fails does not prevent the others. */
export async function runSteps(
  steps: readonly Step[],
  context: StepContext,
  print: (line: string) => void,
): Promise<boolean> {
  let ok = true;
  for (const { name, run } of steps) {
    try {
      const seen = await run(context);
      print(typeof seen === 'string' ? `passed   ${name}: ${seen}` : `skipped  ${name}: ${seen.skipped}`);
    } catch (error) {
      ok = false;
      print(`FAILED   ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return ok;
}

/** Repeats until there is a value; null: there was none in time. */
export async function waitFor<Value>(
  look: () => Promise<Value | null>,
  { forMs, pauseMs }: { forMs: number; pauseMs: number },
): Promise<Value | null> {
  const until = Date.now() + forMs;
  for (;;) {
    const found = await look();
    if (found !== null || Date.now() >= until) return found;
    await delay(pauseMs);
  }
}
