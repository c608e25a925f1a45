/** An example of each error response, made from the error's entry; a test validates each against its schema. */
import type { ErrorResponse } from './error-response.ts';
import { ERRORS, type ErrorCode } from './errors.ts';
import * as examples from './examples.ts';
import type { Schema } from './fields.ts';
import { UNDO_EXAMPLE } from './undo.ts';

const [agent] = examples.agentPage.agents;
const { agent_id, name, interviewer_id } = agent;
const plan = UNDO_EXAMPLE.plan;

const held_back = [{ agent_id, name, reason: 'Agent no longer exists in Retell' }] as const;
const kept = {
  agent_id,
  interviewer_id,
  name,
  outcome: 'kept',
  reason: 'Retell has no such agent: it is gone, or the run was of another account',
} as const;

const blockedSync = {
  ...examples.syncReport,
  message: 'Sync completed: 0 created, 1 updated, 11 unchanged',
  plan,
  needs_confirmation: true,
} as const;

/** The fields of a scheduled sync's errors. */
const scheduled = {
  message: blockedSync.message,
  sync_result: blockedSync,
  audit_result: null,
  timestamp: agent.last_synced_at,
} as const;

/**
 * The fields that a code may have in addition to those of every error. The endpoint's schema decides which of them it
 * has.
 */
const DETAILS: Readonly<Partial<Record<ErrorCode, object>>> = {
  invalid_request: { issues: [{ field: 'dry_run', got: '"yes"', allowed: 'must be true or false' }] },
  retell_refused: { retell_status: 422 },
  orphan_guard: { ...scheduled, plan, held_back, run_id: 42 },
  account_mismatch: { plan, held_back, listed: ['Billing support', 'Website chat'], entries: [kept] },
  cleanup_guard: { candidates: 1, plan, cleaned_agents: examples.cleanupReport.cleaned_agents },
  nothing_to_restore: {
    restored_agents: [{ agent_id, name: agent_id, outcome: 'not_found', reason: 'No cleanup took it out of use' }],
  },
  nothing_to_acknowledge: { acknowledged: [{ agent_id, outcome: 'not_found' }] },
  undo_running: { running_undo: 43 },
  already_undone: { undone_by: 43 },
  nothing_to_undo: { entries: [kept] },
  undo_guard: { plan, entries: UNDO_EXAMPLE.entries },
  agent_unreadable: { interviewer: null, agreed_name: name, history: [] },
  audit_incomplete: {
    ...scheduled,
    sync_result: examples.syncReport,
    unreadable: [{ agent_id, name, reason: 'Retell responds with 500' }],
  },
};

/** The response of an endpoint with this schema for the code. */
export function errorExample(code: ErrorCode, schema: Schema): ErrorResponse {
  const { meaning, hint } = ERRORS[code];
  const names = new Set(Object.keys(Reflect.get(schema, 'entries') ?? {}));
  const details = Object.entries(DETAILS[code] ?? {}).filter(([field]) => names.has(field));
  const fixed = { success: false, error: meaning, code, hint, request_id: 'JKJaXmPLvHcESHA=' } as const;
  return { ...fixed, ...Object.fromEntries(details) };
}
