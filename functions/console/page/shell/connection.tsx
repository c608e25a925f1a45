import { useQuery, useQueryClient } from '@tanstack/preact-query';
import { agents, latestRuns, status } from '../data/queries.ts';
import { FailureNotice } from '../ui/notice.tsx';
import { Time } from '../ui/time.tsx';

/** The only place that reports a service that cannot be reached; disappears once it responds. */
export function Connection() {
  const queries = useQueryClient();
  const failed = [useQuery(latestRuns), useQuery(status), useQuery(agents)].find(({ error }) => error !== null);
  if (failed === undefined || failed.error === null) return null;
  const { error, dataUpdatedAt, isFetching } = failed;
  return (
    <FailureNotice error={error}>
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
    </FailureNotice>
  );
}
