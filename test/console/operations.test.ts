import { describe, expect, test } from '@jest/globals';
import type { Counts, Run } from '../../functions/console/page/data/api-types.ts';
import { hintOf } from '../../functions/console/page/data/request-error.ts';
import { currentNotice, type LastOperation } from '../../functions/console/page/operations/current-notice.ts';
import { countReasons, planSentence } from '../../functions/console/page/operations/plan-words.ts';
import { ERROR_CODES, ERRORS } from '../../shared/api/errors.ts';
import { LIMITS } from '../../shared/contract.ts';
import { runOf } from './runs.ts';

const NONE: Counts = {
  created: 0,
  updated: 0,
  restored: 0,
  orphaned: 0,
  pushed: 0,
  conflicts: 0,
  skipped: 0,
  errors: 0,
  unchanged: 0,
  pending: 0,
};

const details = { status: 502, code: 'retell_failed', error: 'Retell failed.', hint: '', request_id: null, body: null };

describe('a plan in a sentence', () => {
  test.each<[Partial<Counts>, planned: string, done: string]>([
    [{}, 'A sync would change nothing.', 'Sync completed: nothing to change.'],
    [{ created: 1 }, 'A sync would create 1.', 'Sync completed: 1 created.'],
    [
      { created: 1, updated: 2, orphaned: 3 },
      'A sync would create 1, update 2 and orphan 3.',
      'Sync completed: 1 created, 2 updated, 3 orphaned.',
    ],
    [
      { pushed: 1, conflicts: 1, errors: 2 },
      'A sync would push to Retell 1, with 1 conflict and 2 errors.',
      'Sync completed: 1 pushed to Retell, 1 conflict, 2 errors.',
    ],
  ])('%j', (given, planned, done) => {
    const counts = { ...NONE, ...given };
    expect(planSentence({ counts, dry_run: true, partial: false })).toBe(planned);
    expect(planSentence({ counts, dry_run: false, partial: false })).toBe(done);
  });

  test('marks a partial sync', () => {
    const counts = { ...NONE, created: 5 };
    expect(planSentence({ counts, dry_run: false, partial: true })).toBe('Sync partly done: 5 created.');
  });
});

test('countReasons sorts by frequency', () => {
  const entry = (reason: string) => ({ agent_id: 'agent_1', name: 'Lisa', reason });
  expect(countReasons([entry('no voice'), entry('gone'), entry('gone')])).toEqual([
    ['gone', 2],
    ['no voice', 1],
  ]);
});

describe('the notice above the view', () => {
  const idle: LastOperation = { busy: null, result: null, after: 0 };
  const kindOf = (given: Partial<LastOperation>, ...runs: readonly Run[]) =>
    currentNotice({ ...idle, ...given }, runs)?.kind ?? null;

  test('is absent when the last comparison succeeded', () => {
    expect(kindOf({}, runOf())).toBeNull();
    expect(kindOf({})).toBeNull();
  });

  test('reports a failed comparison until a later one succeeds', () => {
    const failed = runOf({ id: 4, status: 'failed' });
    expect(kindOf({}, failed)).toBe('failed_run');
    expect(kindOf({}, runOf({ id: 5, kind: 'webhook' }), failed)).toBe('failed_run');
    expect(kindOf({}, runOf({ id: 5, kind: 'audit' }), failed)).toBeNull();
  });

  test('reports a blocked guard until a later sync is not blocked', () => {
    const held = runOf({ id: 4, status: 'held' });
    expect(kindOf({}, held)).toBe('blocked');
    expect(kindOf({ result: 'blocked', after: 3 }, held)).toBe('blocked');
    expect(kindOf({}, runOf({ id: 5, kind: 'audit' }), held)).toBe('blocked');
    expect(kindOf({}, runOf({ id: 5, kind: 'scheduled' }), held)).toBeNull();
    expect(kindOf({ busy: 'dry_run' }, held)).toBe('blocked');
  });

  test('hides older notices while an operation runs', () => {
    const failed = runOf({ id: 4, status: 'failed' });
    expect(kindOf({ busy: 'sync' }, failed)).toBeNull();
    expect(kindOf({ busy: 'dry_run' }, failed)).toBeNull();
    expect(kindOf({ busy: 'sync' }, runOf({ id: 4, status: 'held' }))).toBeNull();
  });

  test('reports a failed operation until a later comparison succeeds', () => {
    expect(kindOf({ result: 'failed', after: 4 }, runOf({ id: 4 }))).toBe('failure');
    expect(kindOf({ result: 'failed', after: 4 }, runOf({ id: 5, status: 'failed' }))).toBe('failure');
    expect(kindOf({ result: 'failed', after: 4 }, runOf({ id: 5 }))).toBeNull();
  });

  test('shows the outcome of an operation until another comparison', () => {
    expect(kindOf({ result: 'report', after: 4 }, runOf({ id: 5 }))).toBe('outcome');
    expect(kindOf({ result: 'report', after: 4 }, runOf({ id: 6 }), runOf({ id: 5 }))).toBeNull();
    expect(kindOf({ result: 'plan', after: 4 }, runOf({ id: 4 }))).toBeNull();
    expect(kindOf({ result: 'blocked', after: 4 }, runOf({ id: 4 }))).toBe('outcome');
    expect(kindOf({ result: 'blocked', after: 4 }, runOf({ id: 5 }))).toBeNull();
  });
});

describe('the hint of a failure', () => {
  test('is that of the service', () => {
    expect(hintOf({ ...details, hint: 'Set RETELL_API_KEY.' })).toBe('Set RETELL_API_KEY.');
  });

  test('never names an endpoint', () => {
    expect(hintOf({ ...details, hint: 'GET /api/sync-runs lists the runs.' })).toBeNull();
    expect(hintOf({ ...details, hint: 'Sync with {"confirm_orphans": true}.' })).toBeNull();
    expect(hintOf({ ...details, code: 'run_not_found', hint: 'GET /api/sync-runs' })).toContain('The history keeps');
  });

  test('of an undo that has just ended says to try again, and else when to stop waiting', () => {
    const limit = `an undo that was killed is given up after ${LIMITS.undoMs / 1_000} s.`;
    const ended = `Try again; ${limit}`;
    expect(hintOf({ code: 'undo_running', hint: ended })).toBe(ended);
    const waiting = hintOf({ code: 'undo_running', hint: `Wait until GET /api/sync-runs shows it; ${limit}` });
    expect(waiting).toMatch(/^Wait until that undo has ended: /);
    expect(waiting?.toLowerCase()).toContain(limit);
  });

  test.each(ERROR_CODES)('of %s names neither an endpoint nor a part of a response', (code) => {
    const hint = hintOf({ code, hint: ERRORS[code].hint });
    expect(hint ?? '').not.toMatch(/\b((GET|POST) \/|entries|held_back|cleaned_agents|request_id|restorable)|\/api\//);
  });

  test.each(['run_running', 'undo_running', 'nothing_to_undo', 'undo_guard', 'cleanup_guard'] as const)(
    'of %s says what to do on the page',
    (code) => expect(hintOf({ code, hint: ERRORS[code].hint })).toMatch(/\.$/),
  );
});
