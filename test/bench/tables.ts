/** The results as Markdown, which is also what the terminal shows. */
import { checkGoals } from './goals.ts';
import { type BenchResults, comparisons } from './results.ts';

export function tables(results: BenchResults): string {
  return [
    conditions(results),
    section('Goals', ['goal', 'measured', 'met'], goalRows(results)),
    section(
      'What a run costs',
      ['agents', 'latency', 'what', 'time', 'of `fetch`', 'of `node:http`', 'statements', 'calls', 'memory'],
      [...scenarioRows(results), webhookRow(results)],
    ),
    section('Freshness', ['from a change in Retell to its row', 'p50', 'p95', 'samples'], freshnessRows(results)),
  ].join('\n\n');
}

function conditions({ measured_at, command, node, cpus, load }: BenchResults): string {
  const measured = `Measured ${measured_at.slice(0, 10)}: \`${command}\`, Node ${node}, ${cpus} processors, load average ${load.toFixed(1)} at the start.`;
  if (load < cpus / 2) return measured;
  return `${measured}\nThe machine was busy: times are too long, and ratios are rough. Statements, calls and memory are not affected.`;
}

type Row = readonly string[];

function section(title: string, header: Row, rows: readonly Row[]): string {
  const widths = header.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0), 3));
  const line = (cells: Row) => `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [`### ${title}`, '', line(header), rule, ...rows.map(line)].join('\n');
}

function goalRows(results: BenchResults): readonly Row[] {
  return checkGoals(results).map(({ goal, measured, met }) => [goal, measured, met ? 'yes' : '**no**']);
}

function scenarioRows({ cells }: BenchResults): readonly Row[] {
  return comparisons(cells).map(({ cell, of_fetch, of_http }) => [
    whole(cell.size),
    `${cell.latency_ms} ms`,
    cell.scenario,
    time(cell.ms),
    of_fetch.toFixed(2),
    of_http.toFixed(2),
    whole(cell.statements),
    whole(cell.calls),
    megabytes(cell.peak_bytes),
  ]);
}

/** Beside an empty handler, not a floor: nothing is read from Retell. */
function webhookRow({ webhooks }: BenchResults): Row {
  const { agents, ms, statements, calls, peak_bytes } = webhooks;
  const counts = [statements, calls].map((count) => whole(Math.round(count)));
  return [whole(agents), '0 ms', 'webhook, nothing new', time(ms), '', '', ...counts, megabytes(peak_bytes)];
}

function freshnessRows({ freshness }: BenchResults): readonly Row[] {
  const { with_event, without_event, every_ms, agents, latency_ms } = freshness;
  const account = `${whole(agents)} agents, ${latency_ms} ms`;
  const row = (what: string, { p50_ms, p95_ms, samples }: typeof with_event): Row => [
    `${what} (${account})`,
    time(p50_ms),
    time(p95_ms),
    whole(samples),
  ];
  return [
    row('with its call event', with_event),
    row(`without, by the schedule of ${every_ms / 60_000} minutes`, without_event),
  ];
}

function time(ms: number): string {
  if (ms < 10) return `${ms.toFixed(2)} ms`;
  return ms < 10_000 ? `${whole(Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MB`;
}

function whole(number: number): string {
  return number.toLocaleString('en-US');
}
