import type { Run } from '../data/api-types.ts';
import { blockedText, RUN_KINDS, RUN_STATUSES, TRIGGERS } from '../labels.ts';
import { Badge } from '../ui/badge.tsx';
import { clockTime, count, dateTime, duration } from '../ui/format.ts';
import { Sentence } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';
import { changesIn, changesText, type HistoryLine, oldestOf, type QuietRuns, quietWords } from './fold-runs.ts';
import { RunLink } from './run-link.tsx';

const COLUMNS = ['Run', 'Result', 'Changes', 'Health', 'Took', 'Calls'];

interface RunTableProps {
  lines: readonly HistoryLine[];
  /** Id of the run whose drawer is open; null: none. */
  current: number | null;
  /** Folds or unfolds the group of quiet runs that ends with this run. */
  onFold: (oldest: number) => void;
}

export function RunTable({ lines, current, onFold }: RunTableProps) {
  return (
    <table class="rows runs" aria-label="Runs">
      <thead>
        <tr>
          {COLUMNS.map((name) => (
            <th key={name} scope="col" class={name.toLowerCase()}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {lines.map((line) =>
          line.kind === 'run' ? (
            <RunRow key={line.run.id} run={line.run} current={line.run.id === current} />
          ) : (
            <QuietRow key={`quiet ${oldestOf(line)}`} line={line} onFold={onFold} />
          ),
        )}
      </tbody>
    </table>
  );
}

/** Quiet runs in one line; unfolded, their rows follow. */
function QuietRow({ line, onFold }: { line: QuietRuns; onFold: (oldest: number) => void }) {
  const newest = line.runs[0];
  const oldest = line.runs.at(-1);
  if (newest === undefined || oldest === undefined) return null;
  return (
    <tr class="quiet-runs">
      <td colSpan={COLUMNS.length}>
        <button type="button" class="small quiet" aria-expanded={line.open} onClick={() => onFold(oldest.id)}>
          {quietWords(line.runs)}, {span(oldest.started_at, newest.started_at)}
        </button>
      </td>
    </tr>
  );
}

/** `28 Nov, 06:00 to 07:55`; names both days if they differ. */
function span(from: string, to: string): string {
  const start = dateTime(from);
  const end = dateTime(to);
  if (start === end) return start;
  const sameDay = new Date(from).toDateString() === new Date(to).toDateString();
  return `${start} to ${sameDay ? clockTime(to) : end}`;
}

function RunRow({ run, current }: { run: Run; current: boolean }) {
  return (
    <tr class={current ? 'current' : undefined}>
      <td class="run">
        <RunLink id={run.id}>{RUN_KINDS[run.kind]}</RunLink>
        <span class="muted">
          <Time at={run.started_at} exact /> · {TRIGGERS[run.trigger]}
        </span>
      </td>
      <td class="result">
        <Badge {...RUN_STATUSES[run.status]} quiet />
        {run.error_code !== null && <Failure run={run} />}
      </td>
      <td class="changes">
        <Changes run={run} />
      </td>
      <td class="health">{run.health_score ?? '–'}</td>
      <td class="took">{duration(run.duration_ms)}</td>
      <td class="calls">{count(run.retell_calls)}</td>
    </tr>
  );
}

/** What blocked the run or made it fail. */
function Failure({ run: { status, error_code, blocked } }: { run: Run }) {
  if (status === 'held' && blocked !== null) return <span class="muted">{blockedText(error_code, blocked)}</span>;
  return <code>{error_code}</code>;
}

function Changes({ run }: { run: Run }) {
  const changes = changesText(run);
  const about = aboutOneAgent(run);
  return (
    <>
      {changes === '' ? <span class="muted">none</span> : <span>{changes}</span>}
      {about !== null && (
        <span class="muted">
          <Sentence text={about} />
        </span>
      )}
    </>
  );
}

/** What changed, if the run is about one agent; null: it changed nothing, or several. */
function aboutOneAgent({ kind, message, counts }: Run): string | null {
  const isOne = kind === 'webhook' || kind === 'sync_agent';
  return isOne && message !== null && changesIn({ counts }).length > 0 ? essenceOf(message) : null;
}

/** Leaves out what every change of an agent brings with it. */
function essenceOf(message: string): string {
  return message.replace(/^Webhook: /, '').replace(/; (agent_version|retell_modified_at|retell_metadata): .*$/, '');
}
