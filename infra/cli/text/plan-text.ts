/** What a sync did or would do, change by change. Pure. */
import type { ReportConflict, ReportEntry, SyncReport } from '../../../shared/api/sync.ts';
import { counted } from '../../../shared/text.ts';
import { visibleSentence, visibleText } from '../../../shared/visible-text.ts';
import type { Paint, Tone } from './style.ts';
import { type Cell, columns } from './table.ts';
import { shownCount, shownDuration, shownValue, sortedByName } from './values.ts';

type ListName = 'created' | 'restored' | 'updated' | 'pushed' | 'orphaned' | 'conflicts' | 'errors';

interface Group {
  readonly list: ListName;
  readonly mark: string;
  readonly verb: string;
  readonly tone: Tone;
}

/** In the order in which people read them. */
const GROUPS: readonly Group[] = [
  { list: 'created', mark: '+', verb: 'create', tone: 'green' },
  { list: 'restored', mark: '+', verb: 'restore', tone: 'green' },
  { list: 'updated', mark: '~', verb: 'update', tone: 'yellow' },
  { list: 'pushed', mark: '>', verb: 'push to Retell', tone: 'yellow' },
  { list: 'orphaned', mark: '-', verb: 'orphan', tone: 'red' },
  { list: 'conflicts', mark: '!', verb: 'conflict', tone: 'red' },
  { list: 'errors', mark: 'x', verb: 'error', tone: 'red' },
];

/** Every change, then a summary line. */
export function planLines(report: SyncReport, paint: Paint): readonly string[] {
  const groups = GROUPS.filter(({ list }) => report.counts[list] > 0);
  const changes = groups.flatMap((group) => groupLines(group, report, paint));
  return [
    ...(changes.length === 0 ? [] : [...changes, '']),
    paint('bold', summaryLine(report)),
    ...contextLines(report).map((line) => paint('dim', line)),
  ];
}

/** Number of changes; conflicts and errors are not separate changes. */
export function changeCount({ counts }: SyncReport): number {
  const { created, restored, updated, pushed, orphaned } = counts;
  return created + restored + updated + pushed + orphaned;
}

function groupLines({ list, mark, verb, tone }: Group, report: SyncReport, paint: Paint): readonly string[] {
  const entries: readonly (ReportEntry | ReportConflict)[] = sortedByName(report[list]);
  const heads = columns(
    entries.map((entry) => headOf({ mark, verb, tone }, entry)),
    paint,
  );
  const lines = entries.flatMap((entry, index) => [
    heads[index] ?? '',
    ...detailsOf(entry, paint).map((line) => `      ${line}`),
  ]);
  const left = report.counts[list] - entries.length;
  return [...lines, ...(left > 0 ? [`  ${mark} ... and ${shownCount(left)} more to ${verb}`] : [])];
}

/** The reason of a change without values is in its line, so that each of a thousand orphans takes one line. */
function headOf({ mark, verb, tone }: Omit<Group, 'list'>, entry: ReportEntry): readonly Cell[] {
  const { name, agent_id, reason, changes = [] } = entry;
  return [
    { text: `  ${mark} ${verb}`, tone },
    { text: shownValue(name), tone: 'bold' },
    { text: visibleText(agent_id ?? 'no agent yet'), tone: 'dim' },
    ...(changes.length === 0 ? [visibleSentence(reason)] : []),
  ];
}

/** Old and new value of each field; for a conflict also which side was kept. */
function detailsOf({ changes = [], reason, ...entry }: ReportEntry | ReportConflict, paint: Paint): readonly string[] {
  const isConflict = changes.length > 0 && 'retell_name' in entry;
  return [...changeLines(changes, paint), ...(isConflict ? [visibleSentence(reason)] : [])];
}

export function changeLines(changes: NonNullable<ReportEntry['changes']>, paint: Paint): readonly string[] {
  const rows = changes.map(({ field, from, to }) => [
    visibleText(field),
    `${paint('red', shownValue(from))} -> ${paint('green', shownValue(to))}`,
  ]);
  return columns(rows, paint);
}

const PARTS: readonly (readonly [ListName, planned: string, done: string])[] = [
  ['created', 'to create', 'created'],
  ['restored', 'to restore', 'restored'],
  ['updated', 'to update', 'updated'],
  ['pushed', 'to push to Retell', 'pushed to Retell'],
  ['orphaned', 'to orphan', 'orphaned'],
];

function summaryLine(report: SyncReport): string {
  const { counts, dry_run } = report;
  const parts = PARTS.filter(([list]) => counts[list] > 0).map(
    ([list, planned, done]) => `${shownCount(counts[list])} ${dry_run ? planned : done}`,
  );
  const problems = [
    ...(counts.conflicts > 0 ? [counted(counts.conflicts, 'conflict')] : []),
    ...(counts.errors > 0 ? [counted(counts.errors, 'error')] : []),
  ];
  const title = dry_run ? 'Plan' : 'Done';
  if (parts.length + problems.length > 0) return `${title}: ${[...parts, ...problems].join(', ')}.`;
  return dry_run ? 'No changes: both sides are as a sync would leave them.' : 'Done: there was nothing to change.';
}

function contextLines({ counts, skipped, duration_ms, retell_calls, run_id, partial }: SyncReport): readonly string[] {
  const took = `${shownDuration(duration_ms)}, ${counted(retell_calls, 'call')} to Retell`;
  return [
    `${shownCount(counts.unchanged)} unchanged, ${shownCount(counts.skipped)} skipped; ${took}${run_id === null ? '' : `, run ${run_id}`}.`,
    ...countReasons(skipped).map(([reason, count]) => `  ${shownCount(count)} skipped: ${visibleSentence(reason)}`),
    ...(partial ? [`There was no time ${leftOver(counts)}; a continuation or the next sync does the rest.`] : []),
  ];
}

function leftOver({ pending }: SyncReport['counts']): string {
  return pending === 0 ? 'to read back what was pushed' : `for ${counted(pending, 'agent')}`;
}

/** Number of entries per reason, the most frequent first. */
function countReasons(entries: readonly ReportEntry[]): readonly (readonly [reason: string, count: number])[] {
  const groups = Map.groupBy(entries, ({ reason }) => reason);
  return [...groups]
    .map(([reason, { length }]) => [reason, length] as const)
    .toSorted((one, other) => other[1] - one[1]);
}
