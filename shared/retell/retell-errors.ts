/** What a caller is told when Retell cannot be used. */
import { AppError } from '../errors.ts';
import type { Failure } from './failure.ts';

/** Without Retell's words, which may repeat the key. */
export function unauthorized(failure: Failure): AppError {
  return new AppError(
    502,
    'retell_unauthorized',
    `Retell refuses the API key (status ${failure.status}).`,
    'Set RETELL_API_KEY to a valid key of the account, as a secret on AWS.',
    { cause: failure.cause },
  );
}

export function paymentRequired(failure: Failure): AppError {
  return new AppError(
    502,
    'retell_payment_required',
    `Retell wants to be paid first (${failure.reason}).`,
    'Settle the bill of the Retell account, then sync again.',
    { cause: failure.cause },
  );
}

export function unavailable(what: string, failure: Failure): AppError {
  return new AppError(
    502,
    'retell_unavailable',
    `Retell could not ${what}: ${failure.reason}.`,
    'Nothing was written on the strength of it. Try again in a few minutes; if it stays, check RETELL_BASE_URL and status.retellai.com.',
    { cause: failure.cause },
  );
}

export function listingMalformed(reason: string, cause?: unknown): AppError {
  return new AppError(
    502,
    'retell_listing_malformed',
    `Retell's list of agents cannot be used: ${reason}.`,
    'Nothing was written on the strength of it. Try again; if it stays, look at RETELL_BASE_URL and at the API changelog.',
    { cause },
  );
}

export function refused(what: string, failure: Failure): AppError {
  return new AppError(
    502,
    'retell_refused',
    `Retell refused to ${what}: ${failure.reason}.`,
    'Look at the agent in the Retell dashboard.',
    { cause: failure.cause, details: { retell_status: failure.status } },
  );
}

/** The change may or may not have been made: only reading back can tell. */
export function outcomeUnknown(what: string, failure: Failure): AppError {
  return new AppError(
    502,
    'outcome_unknown',
    `Whether Retell could ${what} is unknown: ${failure.reason}.`,
    'It is not tried again blindly. Look at the agent in the Retell dashboard.',
    { cause: failure.cause },
  );
}

/** No time is left for the call; `cause` is what held it up, if anything did, and `wait_ms` how long it would have. */
export function deadlineExceeded(cause?: unknown, wait_ms = 0): AppError {
  const seconds = Math.ceil(wait_ms / 1000);
  return new AppError(
    503,
    'deadline_exceeded',
    seconds > 1
      ? `Retell limits the rate and asks to wait ${seconds} s, for which there was no time left.`
      : 'There was no time left to ask Retell.',
    'Try again; a sync carries on where it stopped.',
    { cause },
  );
}
