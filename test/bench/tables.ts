/** The results as Markdown, which is also what the terminal shows. */
import { checkGoals } from './goals.ts';
import { type BenchResults, comparisons } from './results.ts';

export function tables(results: BenchResults): string {
  const { measured_at, node, cpus } = results;
  return [
    `Measured ${measured_at.slice(0, 10)} on ${cpus} processors, Node ${node}.`,
    section('Goals', ['goal', 'measured', 'met'], goalRows(results)),
    section(
      'Syncs and audits',
      ['agents', 'latency', 'what', 'time', 'of floor', 'of baseline', 'calls', 'statements', 'memory', 'answer'],
      scenarioRows(results),
    ),
    section(
      'Floor and baseline',
      ['agents', 'latency', 'what', 'floor', 'baseline', 'calls', 'statements'],
      bareRows(results),
    ),
    section('Webhooks', ['', 'p50', 'p99', 'statements'], webhookRows(results)),
    section('Webhooks, one process', ['at once', 'events a second'], rateRows(results)),
    section('Imports', ['function', 'size', 'time'], importRows(results)),
    section('A first sync by continued runs', ['run', 'time', 'read', 'memory'], continuationRows(results)),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

type Row = readonly string[];

function section(title: string, header: Row, rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const widths = header.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0), 3));
  const line = (cells: Row) => `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [`### ${title}`, '', line(header), rule, ...rows.map(line)].join('\n');
}

function goalRows(results: BenchResults): readonly Row[] {
  return checkGoals(results).map(({ goal, measured, met }) => [goal, measured, met ? 'yes' : '**no**']);
}

function scenarioRows({ cells }: BenchResults): readonly Row[] {
  return comparisons(cells).map(({ cell, floor, baseline }) => [
    whole(cell.size),
    `${cell.latency_ms} ms`,
    cell.scenario,
    time(cell.ms),
    ratio(cell.ms, floor?.ms),
    ratio(cell.ms, baseline?.ms),
    whole(cell.calls),
    whole(cell.statements),
    megabytes(cell.peak_bytes),
    kilobytes(cell.answer_bytes),
  ]);
}

function bareRows({ cells }: BenchResults): readonly Row[] {
  return cells
    .filter(({ subject }) => subject === 'floor')
    .map((floor) => {
      const baseline = cells.find(
        ({ subject, size, latency_ms, scenario }) =>
          subject === 'baseline' &&
          size === floor.size &&
          latency_ms === floor.latency_ms &&
          scenario === floor.scenario,
      );
      return [
        whole(floor.size),
        `${floor.latency_ms} ms`,
        floor.scenario,
        time(floor.ms),
        baseline === undefined ? '' : time(baseline.ms),
        `${whole(floor.calls)}${baseline === undefined ? '' : ` / ${whole(baseline.calls)}`}`,
        `${whole(floor.statements)}${baseline === undefined ? '' : ` / ${whole(baseline.statements)}`}`,
      ];
    });
}

function webhookRows({ webhooks }: BenchResults): readonly Row[] {
  const row = (name: string, { p50_ms, p99_ms }: { p50_ms: number; p99_ms: number }, statements: number) => [
    name,
    `${p50_ms.toFixed(2)} ms`,
    `${p99_ms.toFixed(2)} ms`,
    statements.toFixed(0),
  ];
  return [
    row('a handler that does nothing', webhooks.empty, 0),
    row('nothing new about the agent', webhooks.known, webhooks.statements_known),
    row('a newer version, read from Retell', webhooks.news, webhooks.statements_news),
  ];
}

function rateRows({ webhooks }: BenchResults): readonly Row[] {
  return webhooks.rates.map(({ at_once, per_second }) => [whole(at_once), whole(Math.round(per_second))]);
}

function importRows({ imports }: BenchResults): readonly Row[] {
  return imports.map(({ name, bytes, ms }) => [name, kilobytes(bytes), `${ms.toFixed(0)} ms`]);
}

function continuationRows({ continuation }: BenchResults): readonly Row[] {
  return (continuation?.runs ?? []).map(({ ms, read, peak_bytes, killed }, index) => [
    `${index + 1}${killed ? ' (killed)' : ''}`,
    time(ms),
    whole(read),
    killed ? '' : megabytes(peak_bytes),
  ]);
}

function time(ms: number): string {
  return ms < 10_000 ? `${whole(Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function ratio(ms: number, other: number | undefined): string {
  return other === undefined ? '' : (ms / other).toFixed(2);
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MB`;
}

function kilobytes(bytes: number): string {
  return bytes === 0 ? '' : `${(bytes / 1000).toFixed(1)} kB`;
}

function whole(number: number): string {
  return number.toLocaleString('en-US');
}
