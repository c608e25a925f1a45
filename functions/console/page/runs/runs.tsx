import { useInfiniteQuery } from '@tanstack/preact-query';
import type { Run } from '../data/api-types.ts';
import { history } from '../data/queries.ts';
import { Drawers } from '../drawers.tsx';
import { RUN_KINDS, RUN_STATUSES, TRIGGERS } from '../labels.ts';
import { useRoute } from '../routing/navigation.ts';
import { href } from '../routing/route.ts';
import { csv } from '../ui/csv.ts';
import { download } from '../ui/download.ts';
import { Filter } from '../ui/filter.tsx';
import { counted } from '../ui/format.ts';
import { Loading } from '../ui/loading.tsx';
import { FailureNotice } from '../ui/notice.tsx';
import { Panel } from '../ui/panel.tsx';
import {
  changesIn,
  chooseRuns,
  foldQuietRuns,
  KINDS,
  parseRunChoice,
  RESULTS,
  type RunChoice,
  runChoiceParams,
} from './fold-runs.ts';
import { RunTable } from './run-table.tsx';

/** The history of runs. */
export function Runs() {
  const choice = parseRunChoice(useRoute().params);
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(history);
  const loaded = data?.pages.flatMap(({ runs }) => runs);
  const runs = chooseRuns(loaded ?? [], choice);
  return (
    <>
      <Panel title="Runs" main actions={<Save runs={runs} />}>
        <Filters choice={choice} />
        {loaded === undefined && error === null && <Loading what="the runs" />}
        {loaded !== undefined && runs.length === 0 && <Empty loaded={loaded.length} more={hasNextPage} />}
        {runs.length > 0 && <RunTable lines={foldQuietRuns(runs)} />}
        {error !== null && <FailureNotice error={error} />}
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
      <Drawers kind="run" ids={runs.map(({ id }) => String(id))} />
    </>
  );
}

const KIND_WORDS = {
  sync: 'Syncs',
  check: 'Checks',
  webhook: 'Webhooks',
  cleanup: 'Cleanups',
  restore: 'Restores',
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

function Empty({ loaded, more }: { loaded: number; more: boolean }) {
  if (loaded === 0) {
    return (
      <p class="empty">
        No run yet. <a href={href('operations')}>Start a dry run</a>: it shows what a sync would do.
      </p>
    );
  }
  return (
    <p class="empty">
      None of the {more ? `last ${counted(loaded, 'run')}` : counted(loaded, 'run')} matches.{' '}
      <a href={href('runs')}>Show all</a>
    </p>
  );
}

function Save({ runs }: { runs: readonly Run[] }) {
  return (
    <button
      type="button"
      class="small quiet"
      disabled={runs.length === 0}
      onClick={() => download('runs.csv', 'text/csv', runsCsv(runs))}
    >
      Download CSV
    </button>
  );
}

function runsCsv(runs: readonly Run[]): string {
  return csv(
    ['run', 'kind', 'trigger', 'result', 'started_at', 'duration_ms', 'changes', 'health', 'retell_calls', 'message'],
    runs.map((run) => [
      run.id,
      RUN_KINDS[run.kind],
      TRIGGERS[run.trigger],
      RUN_STATUSES[run.status].word,
      run.started_at,
      run.duration_ms,
      changesIn(run)
        .map(([name, value]) => `${value} ${name}`)
        .join(', '),
      run.health_score,
      run.retell_calls,
      run.message,
    ]),
  );
}
