import { useState } from 'preact/hooks';
import { type Run, RunPage } from '../../../shared/api/runs.ts';
import { type Failure, get } from './api-client.ts';
import { Mark } from './badge.tsx';
import { count, dateTime, duration } from './format.ts';
import { RUN_KINDS, RUN_STATUSES, TRIGGERS } from './labels.ts';
import { Loading } from './loading.tsx';
import { FailureNotice } from './notice.tsx';
import { RunSheet } from './run-drawer.tsx';
import type { ConsoleData } from './use-console-data.ts';
import { goTo, href } from './use-route.ts';

const PAGE = 50;

/** The history; `item` is the run whose sheet is open. */
export function Runs({ data, item }: { data: ConsoleData; item: string | null }) {
  const [older, setOlder] = useState<readonly Run[]>([]);
  const [ended, setEnded] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  if (data.runs === null) return data.failure === null ? <Loading what="the runs" /> : null;
  const newest = data.runs;
  const known = new Set(newest.map(({ id }) => id));
  const runs = [...newest, ...older.filter(({ id }) => !known.has(id))];
  const more = async () => {
    const asked = await get(`/api/sync-runs?limit=${PAGE}&before=${runs.at(-1)?.id ?? 1}`, RunPage);
    setFailure(asked.ok ? null : asked.failure);
    if (!asked.ok) return;
    setOlder([...older, ...asked.value.runs]);
    setEnded(asked.value.next === null);
  };
  return (
    <section class="panel" aria-labelledby="runs">
      <header class="panel-head">
        <h1 id="runs">Runs</h1>
      </header>
      {runs.length === 0 ? <p class="empty">Nothing has run yet.</p> : <RunTable runs={runs} />}
      {failure && <FailureNotice failure={failure} />}
      {newest.length >= PAGE && !ended && (
        <button type="button" class="button small" onClick={() => void more()}>
          Older runs
        </button>
      )}
      {item !== null && <RunSheet key={item} id={item} onClose={() => goTo('runs')} />}
    </section>
  );
}

function RunTable({ runs }: { runs: readonly Run[] }) {
  return (
    <table class="runs">
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col">Result</th>
          <th scope="col">Changes</th>
          <th scope="col" class="number">
            Health
          </th>
          <th scope="col" class="number wide">
            Took
          </th>
          <th scope="col" class="number wide">
            Calls
          </th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <RunRow key={run.id} run={run} />
        ))}
      </tbody>
    </table>
  );
}

function RunRow({ run }: { run: Run }) {
  const { word, tone } = RUN_STATUSES[run.status];
  return (
    <tr>
      <td>
        <a class="name" href={href('runs', String(run.id))}>
          {RUN_KINDS[run.kind]}
        </a>
        <span class="muted fine block">
          {dateTime(run.started_at)}, {TRIGGERS[run.trigger]}
        </span>
      </td>
      <td>
        <Mark tone={tone} word={word} quiet />
      </td>
      <td class="changes">
        <Changes counts={run.counts} />
      </td>
      <td class="number">{run.health_score ?? '–'}</td>
      <td class="number wide">{duration(run.duration_ms)}</td>
      <td class="number wide">{count(run.retell_calls)}</td>
    </tr>
  );
}

const QUIET: ReadonlySet<string> = new Set(['skipped', 'unchanged']);

function Changes({ counts }: { counts: Run['counts'] }) {
  const changed = Object.entries(counts).filter(([name, value]) => value > 0 && !QUIET.has(name));
  if (changed.length === 0) return <span class="muted">none</span>;
  return changed.map(([name, value]) => (
    <span key={name} class="tally">
      {count(value)} {name.replaceAll('_', ' ')}
    </span>
  ));
}
