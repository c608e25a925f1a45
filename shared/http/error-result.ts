import { AppError, apiError } from '../errors.ts';
import type { Log } from '../log.ts';
import { cutText } from '../text.ts';
import { type GatewayResult, gatewayResult, type HttpResponse } from './response.ts';

/** What a caller may learn of a thrown value: an `AppError` unchanged, everything else as `internal_error`. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  return apiError('internal_error', {
    message: 'Something unexpected went wrong.',
    cause: thrown,
  });
}

/** The limit for each text of an error response that would be too large. */
const MAX_TEXT_CHARACTERS = 1_000;

/**
 * The result for an error, in the one shape that all errors have. Never throws: if the details are too large or not JSON,
 * they are left out and the texts are cut.
 */
export function errorResult(error: AppError, requestId: string): GatewayResult {
  try {
    return gatewayResult(errorResponse(error, requestId), requestId);
  } catch {
    const { status, code, message, hint } = error;
    const cut = (text: string) => cutText(text, MAX_TEXT_CHARACTERS);
    return gatewayResult(
      errorResponse(new AppError({ status, code, message: cut(message), hint: cut(hint) }), requestId),
      requestId,
    );
  }
}

const LOGGED_AS_WARNING: ReadonlySet<number> = new Set([401, 403, 409, 429]);

/**
 * Logs a fault of the service as an error, with its cause, and a fault of the caller without anything that the caller
 * sent.
 */
export function logError(log: Log, error: AppError): void {
  const fields = { status: error.status, code: error.code };
  if (error.status >= 500) log.error(error.message, { ...fields, error: error.cause ?? error });
  else if (LOGGED_AS_WARNING.has(error.status)) log.warn(`Request refused: ${error.code}`, fields);
  else log.info(`Request refused: ${error.code}`, fields);
}

function errorResponse(error: AppError, requestId: string): HttpResponse {
  const { status, code, hint, message, details } = error;
  const fixed = { success: false, error: message, code, hint, request_id: requestId };
  // First for people, who read from the top; again at the end, so that no detail replaces a field that every error has.
  const body = { ...fixed, ...details, ...fixed };
  return { status, body, headers: errorHeaders(error) };
}

/** HTTP requires `WWW-Authenticate` for a missing token and `Allow` for a wrong method. */
function errorHeaders({ code, details }: AppError): Record<string, string> {
  if (code === 'unauthorized') return { 'www-authenticate': 'Bearer' };
  const allowed = details['allowed_methods'];
  return Array.isArray(allowed) ? { allow: allowed.join(', ') } : {};
}
