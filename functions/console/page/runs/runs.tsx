import { useInfiniteQuery } from '@tanstack/preact-query';
import { useState } from 'preact/hooks';
import type { Run, RunPage } from '../data/api-types.ts';
import { client, MOST_RUNS } from '../data/client.ts';
import { history } from '../data/queries.ts';
import { Drawers } from '../drawers.tsx';
import { RUN_KINDS, RUN_STATUSES, TRIGGERS } from '../labels.ts';
import { useRoute } from '../routing/navigation.ts';
import { href, openDrawer } from '../routing/route.ts';
import { CsvButton, type CsvColumns } from '../ui/csv-button.tsx';
import { Filter } from '../ui/filter.tsx';
import { FailureNotice, QueryNotice } from '../ui/notice.tsx';
import { Panel } from '../ui/panel.tsx';
import { useMedia } from '../ui/use-media.ts';
import {
  changesText,
  chooseRuns,
  foldQuietRuns,
  KINDS,
  parseRunChoice,
  RESULTS,
  type RunChoice,
  runChoiceParams,
  serviceFilter,
  unfoldedIds,
} from './fold-runs.ts';
import { RunTable } from './run-table.tsx';

/** The history of runs. */
export function Runs() {
  const route = useRoute();
  const choice = parseRunChoice(route.params);
  const query = useInfiniteQuery(history(serviceFilter(choice)));
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const loaded = data?.pages.flatMap(({ runs }) => runs);
  const runs = chooseRuns(loaded ?? [], choice);
  const { lines, onFold } = useFolded(runs);
  const drawer = openDrawer(route);
  return (
    <>
      <Panel title="Runs" main actions={<Download choice={choice} isEmpty={runs.length === 0 && !hasNextPage} />}>
        <Filters choice={choice} />
        {loaded === undefined && <QueryNotice query={query} what="the runs" />}
        {loaded !== undefined && runs.length === 0 && <Empty filtered={isFiltered(choice)} more={hasNextPage} />}
        {runs.length > 0 && (
          <RunTable lines={lines} current={drawer?.kind === 'run' ? Number(drawer.id) : null} onFold={onFold} />
        )}
        {loaded !== undefined && error !== null && <FailureNotice error={error} at={query.errorUpdatedAt} readOnly />}
        {hasNextPage && (
          <button
            type="button"
            class="secondary small"
            aria-busy={isFetchingNextPage}
            disabled={isFetchingNextPage}
            onClick={() => void fetchNextPage()}
          >
            Load older runs
          </button>
        )}
      </Panel>
      <Drawers kind="run" ids={unfoldedIds(lines)} />
    </>
  );
}

function Download({ choice, isEmpty }: { choice: RunChoice; isEmpty: boolean }) {
  // Keyed by the list: the failure of another list is no longer of interest.
  const key = href('runs', runChoiceParams(choice));
  return <CsvButton key={key} file="runs.csv" items={() => allRuns(choice)} isEmpty={isEmpty} columns={CSV_COLUMNS} />;
}

/** Quiet runs are folded until a person unfolds them; printing unfolds all. */
function useFolded(runs: readonly Run[]) {
  const printing = useMedia('print');
  const [unfolded, setUnfolded] = useState<ReadonlySet<number>>(new Set());
  const onFold = (oldest: number) => setUnfolded(unfolded.symmetricDifference(new Set([oldest])));
  return { lines: foldQuietRuns(runs, (oldest) => printing || unfolded.has(oldest)), onFold };
}

/** The whole history that matches. */
async function allRuns(choice: RunChoice): Promise<readonly Run[]> {
  const runs: Run[] = [];
  let before: number | null = null;
  do {
    const page: RunPage = await client.runs(MOST_RUNS, before, serviceFilter(choice));
    runs.push(...page.runs);
    before = page.next;
  } while (before !== null);
  return chooseRuns(runs, choice);
}

const KIND_WORDS = {
  sync: 'Syncs',
  check: 'Checks',
  webhook: 'Webhooks',
  cleanup: 'Cleanups',
  restore: 'Restores',
  undo: 'Undos',
} as const;

function Filters({ choice }: { choice: RunChoice }) {
  const address = (change: Partial<RunChoice>) => href('runs', runChoiceParams({ ...choice, ...change }));
  return (
    <search>
      <Filter
        label="Kind"
        options={[
          { word: 'All', href: address({ kind: null }), chosen: choice.kind === null },
          ...KINDS.map((kind) => ({ word: KIND_WORDS[kind], href: address({ kind }), chosen: choice.kind === kind })),
        ]}
      />
      <Filter
        label="Result"
        options={[
          { word: 'Any result', href: address({ result: null }), chosen: choice.result === null },
          ...RESULTS.map((result) => ({
            word: RUN_STATUSES[result].word,
            href: address({ result }),
            chosen: choice.result === result,
          })),
        ]}
      />
      <Filter
        label="Changes"
        options={[{ word: 'With changes', href: address({ changed: !choice.changed }), chosen: choice.changed }]}
      />
    </search>
  );
}

function isFiltered({ kind, result, changed }: RunChoice): boolean {
  return kind !== null || result !== null || changed;
}

function Empty({ filtered, more }: { filtered: boolean; more: boolean }) {
  if (!filtered) {
    return (
      <p class="empty">
        No run yet. <a href={href('operations')}>Start a dry run</a>: it shows what a sync would do.
      </p>
    );
  }
  return (
    <p class="empty">
      {more ? 'None of the newest runs matches.' : 'No run matches.'} <a href={href('runs')}>Show all</a>
    </p>
  );
}

const CSV_COLUMNS: CsvColumns<Run> = {
  run: ({ id }) => id,
  kind: ({ kind }) => RUN_KINDS[kind],
  trigger: ({ trigger }) => TRIGGERS[trigger],
  result: ({ status }) => RUN_STATUSES[status].word,
  started_at: ({ started_at }) => started_at,
  duration_ms: ({ duration_ms }) => duration_ms,
  changes: changesText,
  health: ({ health_score }) => health_score,
  retell_calls: ({ retell_calls }) => retell_calls,
  message: ({ message }) => message,
};
