import { describe, expect, test } from '@jest/globals';
import type { Run } from '../../functions/console/page/data/api-types.ts';
import {
  chooseRuns,
  foldQuietRuns,
  parseRunChoice,
  quietWords,
  runChoiceParams,
  serviceFilter,
  unfoldedIds,
} from '../../functions/console/page/runs/fold-runs.ts';
import { runOf } from './runs.ts';

/** Newest first; ids count from the newest. */
const history = (...runs: readonly Partial<Run>[]) => runs.map((run, index) => runOf({ id: index + 1, ...run }));

const QUIET: Partial<Run> = { counts: { skipped: 5, unchanged: 9 } };
const LOUD: Partial<Run> = { counts: { created: 1 } };

/** `1 [2 3 4] 5`: folded ids in brackets. */
const folded = (runs: readonly Run[]) =>
  foldQuietRuns(runs, () => false)
    .map((line) => (line.kind === 'run' ? String(line.run.id) : `[${line.runs.map(({ id }) => id).join(' ')}]`))
    .join(' ');

describe('quiet runs', () => {
  test('fold into one line, except the newest run', () => {
    expect(folded(history(QUIET, QUIET, QUIET, QUIET, LOUD))).toBe('1 [2 3 4] 5');
  });

  test('do not fold if there are fewer than three', () => {
    expect(folded(history(LOUD, QUIET, QUIET, LOUD))).toBe('1 2 3 4');
  });

  test.each<[string, Partial<Run>]>([
    ['changed something', LOUD],
    ['failed', { status: 'failed' }],
    ['was blocked', { status: 'held' }],
  ])('a group ends at a run that %s', (_what, run) => {
    expect(folded(history(LOUD, QUIET, QUIET, QUIET, run))).toBe('1 [2 3 4] 5');
  });

  test('a group ends at a run that changed the score', () => {
    expect(folded(history(LOUD, QUIET, QUIET, QUIET, QUIET, { ...QUIET, health_score: 90 }))).toBe('1 [2 3 4] 5 6');
  });

  test('unfolded, follow their line, and drawers step through them', () => {
    const runs = history(QUIET, QUIET, QUIET, QUIET, LOUD);
    const lines = foldQuietRuns(runs, (oldest) => oldest === 4);
    expect(lines.map((line) => (line.kind === 'run' ? line.run.id : 'quiet'))).toEqual([1, 'quiet', 2, 3, 4, 5]);
    expect(unfoldedIds(lines)).toEqual(['1', '2', '3', '4', '5']);
    expect(unfoldedIds(foldQuietRuns(runs, () => false))).toEqual(['1', '5']);
  });

  test('fold separately by kind', () => {
    const check: Partial<Run> = { ...QUIET, kind: 'audit' };
    const scheduled: Partial<Run> = { ...QUIET, kind: 'scheduled' };
    const runs = history(LOUD, QUIET, scheduled, QUIET, check, check, check);
    expect(folded(runs)).toBe('1 [2 3 4] [5 6 7]');
    expect(
      foldQuietRuns(runs, () => false).flatMap((line) => (line.kind === 'quiet' ? [quietWords(line.runs)] : [])),
    ).toEqual(['3 quiet syncs', '3 quiet checks']);
  });
});

describe('the filters of the history', () => {
  const runs = history(
    LOUD,
    { ...QUIET, kind: 'scheduled' },
    { kind: 'audit', status: 'failed' },
    { kind: 'webhook', ...LOUD },
  );
  const chosen = (params: Record<string, string>) => chooseRuns(runs, parseRunChoice(params)).map(({ id }) => id);
  const asked = (params: Record<string, string>) => serviceFilter(parseRunChoice(params));

  test('ask the service for kind, result and changes', () => {
    expect(asked({})).toEqual({});
    expect(asked({ kind: 'check', result: 'held', changed: 'yes' })).toEqual({
      kind: 'audit',
      status: 'held',
      changed: 'true',
    });
  });

  test('pick the syncs out of what the service returned, because several kinds are syncs', () => {
    expect(asked({ kind: 'sync' })).toEqual({});
    expect(chosen({})).toEqual([1, 2, 3, 4]);
    expect(chosen({ kind: 'sync' })).toEqual([1, 2]);
  });

  test('are kept in the address', () => {
    expect(parseRunChoice({ kind: 'check', result: 'held', changed: 'yes' })).toEqual({
      kind: 'check',
      result: 'held',
      changed: true,
    });
    expect(runChoiceParams({ kind: null, result: null, changed: false })).toEqual({
      kind: null,
      result: null,
      changed: null,
    });
  });
});
