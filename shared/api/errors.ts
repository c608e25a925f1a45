/** Every error code with its status and meaning. A code is stable: programs rely on it. */
interface ErrorDescription {
  readonly status: number;
  readonly meaning: string;
  /** What to do next, as in the example of the OpenAPI document; a response names the actual things of its request. */
  readonly hint: string;
}

export const ERRORS = {
  invalid_request: {
    status: 400,
    meaning: 'The path, the query or the body is not valid; `issues` names each field.',
    hint: 'dry_run must be true or false.',
  },
  invalid_json: {
    status: 400,
    meaning: 'The body is not valid JSON, or has a key twice.',
    hint: 'Send one JSON value in UTF-8, such as {"dry_run": true}, or no body at all.',
  },
  invalid_event: {
    status: 400,
    meaning: 'The body is not a webhook event, or names no usable agent.',
    hint: 'Send {"type": "agent.updated", "data": {"agent_id": "agent_..."}}, or an event as Retell documents it.',
  },
  unauthorized: {
    status: 401,
    meaning: 'The token is missing or not valid.',
    hint: 'Send the header "Authorization: Bearer <the value of SYNC_AUTH_TOKEN>", once.',
  },
  invalid_signature: {
    status: 401,
    meaning: 'The signature is missing or not valid.',
    hint: 'Sign the raw body as Retell does, with a key of RETELL_WEBHOOK_SECRET, at most five minutes ago.',
  },
  not_found: {
    status: 404,
    meaning: 'There is nothing at this path.',
    hint: 'GET /api/openapi.json lists every endpoint.',
  },
  agent_not_found: {
    status: 404,
    meaning: 'Neither side knows the agent.',
    hint: 'Copy the agent_id from GET /api/agents or from Retell.',
  },
  nothing_to_restore: {
    status: 404,
    meaning: 'No cleanup removed an interviewer of any of the agents.',
    hint: 'GET /api/agents shows with restorable which agents can be restored.',
  },
  nothing_to_acknowledge: {
    status: 404,
    meaning: 'None of the agents has an open conflict of names.',
    hint: 'GET /api/scheduled-sync?action=status lists the open conflicts.',
  },
  run_not_found: {
    status: 404,
    meaning: 'There is no such run.',
    hint: 'GET /api/sync-runs lists the runs that are kept.',
  },
  run_running: {
    status: 409,
    meaning: 'The run is not finished.',
    hint: 'Wait until GET /api/sync-runs shows that it has ended.',
  },
  undo_running: {
    status: 409,
    meaning: 'Another undo of the run is running; `running_undo` names it.',
    hint: 'Wait until GET /api/sync-runs shows that run 43 has ended.',
  },
  already_undone: {
    status: 409,
    meaning: 'The run was undone before; `undone_by` names the undo.',
    hint: 'To have its changes again, undo run 43.',
  },
  nothing_to_undo: {
    status: 409,
    meaning: 'Nothing of the run can be put back; `entries` says why.',
    hint: 'Names and cleaned-up rows can be put back, while they are as the run left them; entries says what became of each.',
  },
  undo_guard: {
    status: 409,
    meaning: 'Much would be put back at once, or `confirm` is for something else. Nothing was changed.',
    hint: 'Look at entries; if all of it is to be put back, repeat with {"confirm": "J5nVX0dAeKQ2kM9nq6r3Yw"}.',
  },
  asset_not_found: {
    status: 404,
    meaning: 'There is no such file.',
    hint: 'Reload the page: the names change with the content.',
  },
  method_not_allowed: {
    status: 405,
    meaning: 'The path does not accept this method.',
    hint: 'Use GET or POST.',
  },
  orphan_guard: {
    status: 409,
    meaning:
      'Too many interviewers would be orphaned, or the confirmed plan is no longer current. Everything but the orphaning was applied.',
    hint: 'Look at held_back. If the agents are really gone, sync again with {"confirm_orphans": "J5nVX0dAeKQ2kM9nq6r3Yw"}.',
  },
  account_mismatch: {
    status: 409,
    meaning:
      'Retell lists none of the agents that the interviewers have: it looks like another account. Nothing was written.',
    hint: 'Check RETELL_API_KEY.',
  },
  cleanup_guard: {
    status: 409,
    meaning: 'Too many candidates at once, or `confirm` is for other ones. Nothing was changed.',
    hint: 'Look at cleaned_agents; if all of them may go, repeat with {"confirm": "J5nVX0dAeKQ2kM9nq6r3Yw"}.',
  },
  version_overtaken: {
    status: 409,
    meaning: 'The agent got a new version while it was renamed.',
    hint: 'The next sync renames what is published.',
  },
  payload_too_large: { status: 413, meaning: 'The body is too large.', hint: 'Send less at a time.' },
  unsupported_media_type: {
    status: 415,
    meaning: 'The body is not sent as JSON.',
    hint: 'Send the header "Content-Type: application/json".',
  },
  answer_too_large: {
    status: 500,
    meaning: 'The response is larger than a Lambda function may return.',
    hint: 'Request less at a time.',
  },
  internal_error: {
    status: 500,
    meaning: 'Something unexpected went wrong; the log has the cause.',
    hint: 'Try again; if it persists, search the log for the request_id.',
  },
  unsupported_event: {
    status: 501,
    meaning: 'The request came in an event format that the service does not read.',
    hint: 'Put an HTTP API with payload format 2.0 in front of the function.',
  },
  retell_unauthorized: {
    status: 502,
    meaning: 'Retell refuses the API key.',
    hint: 'Set RETELL_API_KEY to a valid key of the account; on AWS, in its secret.',
  },
  retell_payment_required: {
    status: 502,
    meaning: 'Retell requires a payment first.',
    hint: 'Pay the bill of the Retell account, then sync again.',
  },
  retell_unavailable: {
    status: 502,
    meaning: 'Retell cannot be reached, or fails.',
    hint: 'Try again in a few minutes; if it persists, check RETELL_BASE_URL and status.retellai.com.',
  },
  retell_listing_malformed: {
    status: 502,
    meaning: "Retell's list of agents cannot be used.",
    hint: "Try again; if it persists, check RETELL_BASE_URL and Retell's API changelog.",
  },
  retell_refused: {
    status: 502,
    meaning: 'Retell refused a request.',
    hint: 'Look at the agent in the Retell dashboard.',
  },
  outcome_unknown: {
    status: 502,
    meaning: 'Whether Retell made a change is not known.',
    hint: 'Look at the agent in the Retell dashboard: the change is not retried blindly.',
  },
  template_missing: {
    status: 502,
    meaning: 'The template agent cannot be used.',
    hint: 'Set RETELL_TEMPLATE_AGENT_ID to a voice agent of the account.',
  },
  agent_unreadable: {
    status: 502,
    meaning: 'The agent could not be read from Retell.',
    hint: 'Try again in a few minutes.',
  },
  audit_incomplete: {
    status: 502,
    meaning: 'Agents could not be read from Retell, for the first time or too many, so there is no score.',
    hint: 'Try again in a few minutes: a few agents that stay unreadable are then left out of the score.',
  },
  deliver_again: {
    status: 503,
    meaning: 'Retell could not be reached; deliver the event again.',
    hint: 'Deliver the event again; the next sync finds the change too.',
  },
  deadline_exceeded: {
    status: 503,
    meaning: 'There was no time left to call Retell.',
    hint: 'Try again; a sync continues where it stopped.',
  },
  timeout: { status: 503, meaning: 'The time for the request ran out.', hint: 'Try again.' },
  database_unavailable: {
    status: 503,
    meaning: 'The database cannot be reached or used.',
    hint: 'Check DATABASE_URL (on AWS: the database secret), and that its database is running.',
  },
  database_permission: {
    status: 503,
    meaning: 'The database role lacks a right.',
    hint: 'Run shared/db/service-role.sql as the role that owns the interviewer table.',
  },
  schema_mismatch: {
    status: 503,
    meaning: 'The database lacks tables or columns that this version needs.',
    hint: 'Run the migrations: npm start does, and so does a deployment.',
  },
  secret_unavailable: {
    status: 503,
    meaning: 'A secret cannot be read or used.',
    hint: 'Check that the secret exists, and that the function may read it.',
  },
  page_not_built: { status: 503, meaning: 'The page was not built.', hint: 'Build it: npm run build:console.' },
} as const satisfies Record<string, ErrorDescription>;

export type ErrorCode = keyof typeof ERRORS;

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- these are the keys of the object above
export const ERROR_CODES = Object.keys(ERRORS) as ErrorCode[];
