/** The errors that a caller sees when Retell cannot be used. */
import { AppError, apiError } from '../errors.ts';
import type { CallFailure } from './call-failure.ts';

/** Without Retell's message, which may repeat the key. */
export function unauthorized(failure: CallFailure): AppError {
  return apiError('retell_unauthorized', {
    message: `Retell refuses the API key (status ${failure.status}).`,
    cause: failure.cause,
  });
}

export function paymentRequired(failure: CallFailure): AppError {
  return apiError('retell_payment_required', {
    message: `Retell requires a payment first (${failure.reason}).`,
    cause: failure.cause,
  });
}

/** A failure that may not happen again; `action` completes "Retell could not ...". */
export function retellUnavailable(action: string, failure: CallFailure): AppError {
  return apiError('retell_unavailable', {
    message: `Retell could not ${action}: ${failure.reason}.`,
    hint: 'Nothing was written because of it. Try again in a few minutes; if it persists, check RETELL_BASE_URL and status.retellai.com.',
    cause: failure.cause,
  });
}

export function listingMalformed(reason: string, cause?: unknown): AppError {
  return apiError('retell_listing_malformed', {
    message: `Retell's list of agents is unusable: ${reason}.`,
    hint: "Nothing was written because of it. Try again; if it persists, check RETELL_BASE_URL and Retell's API changelog.",
    cause,
  });
}

export function responseTooLarge(action: string, failure: CallFailure): AppError {
  return new AppError({
    status: 502,
    code: 'retell_response_too_large',
    message: `Retell could not ${action}: it sent ${failure.reason}, which is the limit.`,
    hint: 'Nothing was written because of it. Check RETELL_BASE_URL: something other than Retell may respond there.',
    cause: failure.cause,
  });
}

/** A refusal that would happen again; not retried. */
export function retellRefused(action: string, failure: CallFailure, hint: string): AppError {
  return apiError('retell_refused', {
    message: `Retell refused to ${action}: ${failure.reason}.`,
    hint,
    cause: failure.cause,
    details: { retell_status: failure.status },
  });
}

/** The change may or may not have been made; only reading it back shows which. */
export function outcomeUnknown(action: string, failure: CallFailure): AppError {
  return apiError('outcome_unknown', {
    message: `It is unknown whether Retell could ${action}: ${failure.reason}.`,
    hint: 'It is not retried blindly. Look at the agent in the Retell dashboard.',
    cause: failure.cause,
  });
}

/**
 * The error when no time is left for the call. `cause`: what delayed it, if anything; `wait_ms`: the wait that the rate
 * limit asks for.
 */
export function deadlineExceeded(cause?: unknown, wait_ms = 0): AppError {
  const seconds = Math.ceil(wait_ms / 1000);
  return apiError('deadline_exceeded', {
    message:
      seconds > 1
        ? `Retell limits the rate: the next call has to wait ${seconds} s, and no time is left for that.`
        : 'There is no time left to call Retell.',
    cause,
  });
}
