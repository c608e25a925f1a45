/** Outcomes that several commands have. */
import type { FailedRequest } from './client.ts';
import type { CommandContext, Confirmation, Outcome } from './command.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { failureLines } from './text/failure-text.ts';

export function failed(failure: FailedRequest, { paint }: Pick<CommandContext, 'paint'>): Outcome {
  const { ok: _, body, ...own } = failure;
  // A failure of the client itself has no response.
  const json = body ?? { success: false, error: own.message, code: own.code, hint: own.hint };
  return { exit: EXIT.failed, lines: failureLines(failure, paint), json };
}

export interface Succeeded {
  readonly exit: ExitCode;
  readonly lines: readonly string[];
  readonly body: unknown;
}

export function succeeded({ exit, lines, body }: Succeeded): Outcome {
  return { exit, lines, json: body };
}

/** Names what waits for a confirmation; without a terminal, the caller shows the command that confirms. */
export function waiting(lines: readonly string[], body: unknown, confirmation: Confirmation): Outcome {
  return { exit: EXIT.needsConfirmation, lines, json: body, confirmation };
}
