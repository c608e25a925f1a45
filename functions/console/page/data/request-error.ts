/** A failed request to the service, in words for people. */

export interface ErrorDetails {
  /** HTTP status; 0: no response. */
  readonly status: number;
  readonly code: string;
  readonly error: string;
  readonly hint: string;
  /** Identifies the log entries of the request; null if the response did not come from the service. */
  readonly request_id: string | null;
  /** The whole body; some failures have fields of their own. */
  readonly body: unknown;
}

export class RequestError extends Error {
  readonly details: ErrorDetails;

  constructor(details: ErrorDetails) {
    super(details.error);
    this.name = 'RequestError';
    this.details = details;
  }

  get status(): number {
    return this.details.status;
  }
}

/** Replace hints that name an endpoint: the page has a button or a view instead. */
const HINTS: Readonly<Record<string, string>> = {
  run_not_found: 'The history keeps runs for a limited time. The list of runs shows those that are left.',
  agent_not_found: 'Retell has no voice agent with this id, and no interviewer has it.',
  died: 'The next sync compares both sides again: nothing is left half written.',
  internal_error: 'Try again; if it persists, search the log for the request id.',
  run_running: 'Wait until the run has ended.',
  undo_running:
    'Wait until that undo has ended: the list of runs shows its result. An undo that was killed is given up after 35 s.',
  nothing_to_undo: 'Names and cleaned-up interviewers can be put back, and only while they are as the run left them.',
  undo_guard: 'Preview the undo again, then confirm what it shows.',
  cleanup_guard: 'Preview the cleanup again, then confirm what it shows.',
};

const NAMES_AN_ENDPOINT = /\b(GET|POST) \/|\/api\/|\{"/;

export function hintOf({ code, hint }: Pick<ErrorDetails, 'code' | 'hint'>): string | null {
  // The other undo has ended in this moment: there is no run to wait for.
  if (code === 'undo_running' && !namesEndpoint(hint)) return hint;
  return HINTS[code] ?? (namesEndpoint(hint) ? null : hint);
}

export function namesEndpoint(text: string): boolean {
  return NAMES_AN_ENDPOINT.test(text);
}

/** Leaves out the status code, which means nothing to people; the drawer of the run shows it. */
export function withoutStatusCode(text: string): string {
  return text.replaceAll(/ \(status \d{3}\)/g, '');
}
