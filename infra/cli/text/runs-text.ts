/** The history of runs, and one run with its log. Pure. */
import type { Run, RunDetails, RunPage } from '../../../shared/api/runs.ts';
import { visibleSentence, visibleText } from '../../../shared/visible-text.ts';
import { discrepancyLines } from './audit-text.ts';
import type { Paint, Tone } from './style.ts';
import { type Cell, columns, table } from './table.ts';
import { shortTime, shownCount, shownDuration, shownTime, shownValue } from './values.ts';

const STATUSES: Readonly<Record<Run['status'], { readonly word: string; readonly tone: Tone }>> = {
  running: { word: 'running', tone: 'cyan' },
  succeeded: { word: 'succeeded', tone: 'green' },
  partial: { word: 'partial', tone: 'yellow' },
  held: { word: 'blocked', tone: 'yellow' },
  failed: { word: 'failed', tone: 'red' },
};

export function runsLines({ runs }: Pick<RunPage, 'runs'>, paint: Paint): readonly string[] {
  if (runs.length === 0) return ['No run matches.'];
  const head = ['run', 'started (UTC)', 'kind', 'trigger', 'status', 'took', 'health', 'what happened'];
  return table(head, runs.map(rowOf), paint);
}

function rowOf(run: Run): readonly Cell[] {
  const { word, tone } = STATUSES[run.status];
  return [
    String(run.id),
    shortTime(run.started_at),
    run.kind,
    run.trigger,
    { text: word, tone },
    run.duration_ms === null ? '' : shownDuration(run.duration_ms),
    run.health_score === null ? '' : String(run.health_score),
    visibleSentence(run.message ?? progressOf(run)),
  ];
}

/** `reading 1,200 of 4,285` */
export function progressOf({ phase, progress_done, progress_total }: Run): string {
  if (phase === null) return '';
  const shown = visibleSentence(phase);
  if (progress_done === null || progress_total === null) return shown;
  return `${shown} ${shownCount(progress_done)} of ${shownCount(progress_total)}`;
}

export function runLines(
  { run, lost_points, audit_logs, total }: RunDetails,
  paint: Paint,
  now: Date,
): readonly string[] {
  const { word, tone } = STATUSES[run.status];
  const rows = audit_logs.map(({ action, name, agent_id, reason }) => [
    action.replaceAll('_', ' '),
    shownValue(name),
    { text: visibleText(agent_id ?? 'no agent'), tone: 'dim' } as const,
    visibleSentence(reason),
  ]);
  const left = total - audit_logs.length;
  return [
    `Run ${run.id}, ${run.kind} (${run.trigger}): ${paint(tone, word)}, started ${shownTime(run.started_at, now)}`,
    visibleSentence(run.message ?? progressOf(run)),
    ...discrepancyLines(lost_points, paint),
    ...(rows.length === 0 ? [] : ['', ...columns(rows, paint).map((line) => `  ${line}`)]),
    ...(left > 0 ? [`  ... and ${shownCount(left)} more: --limit and --offset page through the log`] : []),
  ];
}
