import { useQuery, useQueryClient } from '@tanstack/preact-query';
import { useRef } from 'preact/hooks';
import { agents, latestRuns, status } from '../data/queries.ts';
import { Failure } from '../ui/notice.tsx';
import { Time } from '../ui/time.tsx';

/** The only place that reports a service that cannot be reached; disappears once it responds. */
export function Connection() {
  const queries = useQueryClient();
  const failed = [useQuery(status), useQuery(latestRuns), useQuery(agents)].find(({ error }) => error !== null);
  const since = useSince(failed !== undefined);
  if (failed === undefined || failed.error === null) return null;
  const { error, dataUpdatedAt, isFetching } = failed;
  return (
    <Failure error={error} at={since ?? undefined}>
      {dataUpdatedAt > 0 && (
        <p>
          The page shows what was known <Time at={dataUpdatedAt} />.
        </p>
      )}
      <button
        type="button"
        class="secondary small"
        disabled={isFetching}
        onClick={() => void queries.invalidateQueries()}
      >
        Try now
      </button>
    </Failure>
  );
}

/** When it began to hold; each retry fails later than the first request. */
function useSince(holds: boolean): number | null {
  const since = useRef<number | null>(null);
  since.current = holds ? (since.current ?? Date.now()) : null;
  return since.current;
}
