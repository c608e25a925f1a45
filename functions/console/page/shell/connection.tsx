import { useQueryClient } from '@tanstack/preact-query';
import { useRef } from 'preact/hooks';
import { useServiceFailure } from '../data/queries.ts';
import { Failure } from '../ui/notice.tsx';
import { Time } from '../ui/time.tsx';

/** The only place that reports a service or a database that cannot be reached; disappears once it responds. */
export function Connection() {
  const queries = useQueryClient();
  const failed = useServiceFailure();
  const since = useSince(failed !== null);
  if (failed === null || since === null) return null;
  const { error, dataUpdatedAt, isFetching } = failed;
  return (
    <Failure error={error} at={since}>
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

/** When the condition began to hold; each retry fails later than the first request. */
function useSince(holds: boolean): number | null {
  const since = useRef<number | null>(null);
  since.current = holds ? (since.current ?? Date.now()) : null;
  return since.current;
}
