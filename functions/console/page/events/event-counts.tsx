import type { ComponentChildren } from 'preact';
import type { WebhookCount } from '../data/api-types.ts';
import { count } from '../ui/format.ts';
import { Value } from '../ui/text.tsx';
import { Time } from '../ui/time.tsx';
import { type EventRow, sumCounts, sumHours } from './sum-counts.ts';

/** By name, and by hour; `word`: the time span. */
export function EventCounts({ counts, word }: { counts: readonly WebhookCount[]; word: string }) {
  if (counts.length === 0) {
    return (
      <p class="empty">
        No event in the last {word}. Retell sends some for each call, once its account has the webhook URL.
      </p>
    );
  }
  return (
    <>
      <CountTable label="Events by name" first="Event" rows={sumCounts(counts)}>
        {({ name }) => <Value text={name} />}
      </CountTable>
      <details>
        <summary>By hour</summary>
        <CountTable label="Events by hour" first="From" rows={sumHours(counts)}>
          {({ name }) => <Time at={name} exact />}
        </CountTable>
      </details>
    </>
  );
}

interface CountTableProps {
  label: string;
  /** The heading of the first column. */
  first: string;
  rows: readonly EventRow[];
  /** The first cell of a row. */
  children: (row: EventRow) => ComponentChildren;
}

function CountTable({ label, first, rows, children }: CountTableProps) {
  return (
    <table aria-label={label}>
      <thead>
        <tr>
          <th scope="col">{first}</th>
          <th scope="col">Count</th>
          <th scope="col">Result</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <td>{children(row)}</td>
            <td>{count(row.total)}</td>
            <td>{row.outcomes.map(([outcome, times]) => `${count(times)} ${outcome}`).join(', ')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
