/** The messages for invalid requests, with the schemas of the real endpoints. */
import { describe, expect, test } from '@jest/globals';
import { AuditQuery } from '../../../shared/api/audit.ts';
import { CleanupOrRestoreBody } from '../../../shared/api/cleanup.ts';
import { Nothing, type Schema } from '../../../shared/api/fields.ts';
import { RunsQuery } from '../../../shared/api/runs.ts';
import { SyncBody } from '../../../shared/api/sync.ts';
import { AppError } from '../../../shared/errors.ts';
import { validate } from '../../../shared/http/validate.ts';

function refusal(schema: Schema, part: 'body' | 'query', input: unknown): string {
  try {
    validate(schema, part, input);
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid_request') return `${error.message} ${error.hint}`;
    throw error;
  }
  return 'accepted';
}

describe('the message of an invalid request names each field, its value and what is allowed', () => {
  test.each<[unknown, string]>([
    [[], 'the body is a list. the body must be an object.'],
    [null, 'the body is null. the body must be an object.'],
    [{ dry_run: 'true' }, 'dry_run is "true". dry_run must be true or false.'],
    [
      { dryrun: true },
      'dryrun is unknown. dryrun must be left out: did you mean dry_run? known here: agent_id, dry_run, full, confirm_orphans.',
    ],
    [{ confirm_orphans: 5 }, 'confirm_orphans is 5. confirm_orphans must be true, false or a plan token.'],
    [
      { confirm_orphans: 'yes' },
      'confirm_orphans is "yes". confirm_orphans must be a plan token, as a dry run or a 409 returns it.',
    ],
  ])('of a sync: %j', (input, message) => {
    expect(refusal(SyncBody, 'body', input)).toBe(`The body is not valid: ${message}`);
  });

  test.each<[object, string]>([
    [{}, 'action is missing. action must be "cleanup_orphaned", "restore" or "acknowledge".'],
    [{ action: 'clean' }, 'action is "clean". action must be "cleanup_orphaned", "restore" or "acknowledge".'],
    [
      { action: 'cleanup_orphaned', dryrun: true },
      'dryrun is unknown. dryrun must be left out: did you mean dry_run? known here: action, dry_run, older_than_days, confirm.',
    ],
    [
      { action: 'restore', agent_ids: ['a'], dry_run: true },
      'dry_run is unknown. dry_run must be left out: known here: action, agent_ids.',
    ],
    [{ action: 'restore' }, 'agent_ids is missing. agent_ids must be a list of agent ids.'],
    [{ action: 'restore', agent_ids: 'a' }, 'agent_ids is "a". agent_ids must be a list of agent ids.'],
    [{ action: 'restore', agent_ids: [] }, 'agent_ids is empty. agent_ids must not be empty.'],
    [{ action: 'restore', agent_ids: ['a', 1] }, 'agent_ids.1 is 1. agent_ids.1 must be text.'],
    [
      { action: 'restore', agent_ids: Array.from({ length: 1_001 }, () => 'a') },
      'agent_ids is 1001 entries long. agent_ids must be at most 1000 entries long.',
    ],
    [{ action: 'cleanup_orphaned', older_than_days: -1 }, 'older_than_days is -1. older_than_days must be at least 0.'],
    [
      { action: 'cleanup_orphaned', older_than_days: 1.5 },
      'older_than_days is 1.5. older_than_days must be a whole number.',
    ],
    [
      { action: 'cleanup_orphaned', older_than_days: Number.POSITIVE_INFINITY },
      'older_than_days is Infinity. older_than_days must be a whole number.',
    ],
    [{ action: 'cleanup_orphaned', confirm: true }, 'confirm is true. confirm must be a plan token or a number.'],
  ])('of a cleanup or a restore: %j', (input, message) => {
    expect(refusal(CleanupOrRestoreBody, 'body', input)).toBe(`The body is not valid: ${message}`);
  });

  test.each<[Schema, object, string]>([
    [
      Nothing,
      { dry_run: 'true' },
      'dry_run is unknown. dry_run must be left out: this endpoint takes nothing in the query.',
    ],
    [AuditQuery, { agent: 'a' }, 'agent is unknown. agent must be left out: known here: agent_id.'],
    [AuditQuery, { agent_id: '' }, 'agent_id is empty. agent_id must not be empty.'],
    [
      RunsQuery,
      { kind: 'snyc' },
      'kind is "snyc". kind must be "sync", "sync_agent", "audit", "scheduled", "cleanup", "restore", "undo" or "webhook": did you mean "sync"?',
    ],
    [
      RunsQuery,
      { status: 'done' },
      'status is "done". status must be "running", "succeeded", "partial", "held" or "failed".',
    ],
    [RunsQuery, { limit: '0' }, 'limit is 0. limit must be at least 1.'],
    [RunsQuery, { limit: '1e3' }, 'limit is "1e3". limit must be a whole number of at most 15 digits.'],
    [RunsQuery, { limit: '201' }, 'limit is 201. limit must be at most 200.'],
  ])('of a query: %#', (schema, input, message) => {
    expect(refusal(schema, 'query', input)).toBe(`The query is not valid: ${message}`);
  });
});
