/** Every error code with its status and meaning. A code is stable: programs rely on it. */
export interface ErrorDescription {
  readonly status: number;
  readonly meaning: string;
}

export const ERRORS = {
  invalid_request: {
    status: 400,
    meaning: 'The path, the query or the body is not valid; `issues` names each field.',
  },
  invalid_json: { status: 400, meaning: 'The body is not valid JSON, or has a key twice.' },
  invalid_event: { status: 400, meaning: 'The body is not a webhook event, or names no usable agent.' },
  unauthorized: { status: 401, meaning: 'The token is missing or not valid.' },
  invalid_signature: { status: 401, meaning: 'The signature is missing or not valid.' },
  not_found: { status: 404, meaning: 'There is nothing at this path.' },
  agent_not_found: { status: 404, meaning: 'Neither side knows the agent.' },
  nothing_to_restore: { status: 404, meaning: 'No cleanup removed an interviewer of any of the agents.' },
  nothing_to_acknowledge: { status: 404, meaning: 'None of the agents has an open conflict of names.' },
  run_not_found: { status: 404, meaning: 'There is no such run.' },
  run_running: { status: 409, meaning: 'The run is not finished.' },
  undo_running: { status: 409, meaning: 'Another undo of the run is at work; `running_undo` names it.' },
  already_undone: { status: 409, meaning: 'The run was undone before; `undone_by` names the undo.' },
  nothing_to_undo: { status: 409, meaning: 'Nothing of the run can be put back; `entries` says why.' },
  undo_guard: {
    status: 409,
    meaning: 'Much would be put back at once, or `confirm` is for something else. Nothing was changed.',
  },
  asset_not_found: { status: 404, meaning: 'There is no such file.' },
  method_not_allowed: {
    status: 405,
    meaning: 'The path does not accept this method.',
  },
  orphan_guard: {
    status: 409,
    meaning:
      'Too many interviewers would be orphaned, or the confirmed plan is no longer current. Everything but the orphaning was applied.',
  },
  account_mismatch: {
    status: 409,
    meaning:
      'Retell lists none of the agents that the interviewers have: it looks like another account. Nothing was written.',
  },
  cleanup_guard: {
    status: 409,
    meaning: 'Too many candidates at once, or `confirm` is for other ones. Nothing was changed.',
  },
  version_overtaken: { status: 409, meaning: 'The agent got a new version while it was renamed.' },
  payload_too_large: { status: 413, meaning: 'The body is too large.' },
  unsupported_media_type: { status: 415, meaning: 'The body is not sent as JSON.' },
  answer_too_large: { status: 500, meaning: 'The response is larger than a Lambda function may return.' },
  internal_error: { status: 500, meaning: 'Something unexpected went wrong; the log has the cause.' },
  unsupported_event: { status: 501, meaning: 'The request came in an event format that the service does not read.' },
  retell_unauthorized: { status: 502, meaning: 'Retell refuses the API key.' },
  retell_payment_required: { status: 502, meaning: 'Retell requires a payment first.' },
  retell_unavailable: { status: 502, meaning: 'Retell cannot be reached, or fails.' },
  retell_listing_malformed: { status: 502, meaning: "Retell's list of agents cannot be used." },
  retell_refused: { status: 502, meaning: 'Retell refused a request.' },
  outcome_unknown: { status: 502, meaning: 'Whether Retell made a change is not known.' },
  template_missing: { status: 502, meaning: 'The template agent cannot be used.' },
  agent_unreadable: { status: 502, meaning: 'Retell could not be asked about the agent.' },
  audit_incomplete: {
    status: 502,
    meaning: 'Agents could not be read from Retell, for the first time or too many, so there is no score.',
  },
  deliver_again: { status: 503, meaning: 'Retell could not be asked; deliver the event again.' },
  deadline_exceeded: { status: 503, meaning: 'There was no time left to ask Retell.' },
  timeout: { status: 503, meaning: 'The time for the request ran out.' },
  database_unavailable: { status: 503, meaning: 'The database cannot be reached or used.' },
  database_permission: { status: 503, meaning: 'The database role lacks a right.' },
  schema_mismatch: { status: 503, meaning: 'The database lacks tables or columns that this version needs.' },
  secret_unavailable: { status: 503, meaning: 'A secret cannot be read or used.' },
  page_not_built: { status: 503, meaning: 'The page was not built.' },
} as const satisfies Record<string, ErrorDescription>;

export type ErrorCode = keyof typeof ERRORS;
