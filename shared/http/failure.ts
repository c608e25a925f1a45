import { cutText } from '../cut-text.ts';
import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import { type Answer, type GatewayResult, gatewayResult } from './response.ts';

/** What the caller is told of anything that is thrown: an `AppError` as it is, everything else as `internal_error`. */
export function shownError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError(
    500,
    'internal_error',
    'Something went wrong on our side.',
    'Try again; if it stays, look for the request_id in the log.',
    { cause: error },
  );
}

/** Of each text in an answer that was too large. */
const SHOWN_CHARACTERS = 1_000;

/**
 * The answer to a failed request, in the one shape that failures have. Never throws: at worst the details are left out, and
 * what is too long is cut.
 */
export function failureResult(error: AppError, requestId: string): GatewayResult {
  try {
    return gatewayResult(failureAnswer(error, requestId), requestId);
  } catch {
    const { status, code, message, hint } = error;
    const cut = (text: string) => cutText(text, SHOWN_CHARACTERS);
    return gatewayResult(failureAnswer(new AppError(status, code, cut(message), cut(hint)), requestId), requestId);
  }
}

/** Ours to mend: an error, with its cause. The caller's: what was wrong, without anything that the caller sent. */
export function logFailure(log: Log, error: AppError): void {
  const fields = { status: error.status, code: error.code };
  if (error.status >= 500) log.error(error.message, { ...fields, error: error.cause ?? error });
  else if ([401, 403, 409, 429].includes(error.status)) log.warn('refused', fields);
  else log.info('refused', fields);
}

function failureAnswer(error: AppError, requestId: string): Answer {
  const { status, code, hint, message, details } = error;
  const fixed = { success: false, error: message, code, hint, request_id: requestId };
  // First for people, who read from the top; last again, so that no detail can replace a field that every failure has.
  const body = { ...fixed, ...details, ...fixed };
  return { status, body, headers: failureHeaders(error) };
}

/** HTTP demands `WWW-Authenticate` with a missing token and `Allow` with a wrong method. */
function failureHeaders({ code, details }: AppError): Record<string, string> {
  if (code === 'unauthorized') return { 'www-authenticate': 'Bearer' };
  const allowed = details['allowed_methods'];
  return Array.isArray(allowed) ? { allow: allowed.join(', ') } : {};
}
