/** The queries of the page and when they are refetched. */
import {
  infiniteQueryOptions,
  keepPreviousData,
  QueryClient,
  queryOptions,
  useQuery,
  useQueryClient,
} from '@tanstack/preact-query';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Run, Status } from './api-types.ts';
import { client, MOST_RUNS, type TaggedStatus } from './client.ts';
import { RequestError } from './request-error.ts';
import type { RunFilter } from './run-filter.ts';

declare module '@tanstack/preact-query' {
  interface Register {
    defaultError: RequestError;
  }
}

export const BUSY_MS = 800;
/** A change is shown within three seconds. */
const FOLLOW_MS = 2_000;
const RETRY_MS = 5_000;
const RUNS = 50;
const LOG_ENTRIES = 200;

/** Key prefix of the queries that are refetched when the status changes. */
const LIVE = 'live';

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: false,
        // Fail rather than wait when the browser is offline, so that the page reports it.
        networkMode: 'always',
        // Data is stale only once the status has changed; see useFollow.
        staleTime: Number.POSITIVE_INFINITY,
        refetchOnWindowFocus: ({ state }) => state.error === null || mayRecover(state.error),
        refetchInterval: ({ state }) => nextIn(state.error, false),
      },
      mutations: { networkMode: 'always' },
    },
  });
}

/** Does not retry a refused token: refused requests raise an alarm. */
function mayRecover(error: unknown): boolean {
  return error instanceof RequestError && (error.status === 0 || error.status >= 500);
}

/** When to fetch again: after this time, or after `RETRY_MS` while it fails. */
function nextIn(error: unknown, ms: number | false): number | false {
  if (error === null) return ms;
  return mayRecover(error) ? RETRY_MS : false;
}

/**
 * The only query that polls while nothing runs: a conditional request, while the page is visible. Its tag changes with
 * everything that the other queries show.
 */
const taggedStatus = queryOptions({
  queryKey: ['status'],
  queryFn: client.status,
  staleTime: 0,
  // The parts of the page that its first failure brings must not repeat it at once.
  retryOnMount: false,
  refetchInterval: ({ state }) => nextIn(state.error, FOLLOW_MS),
});

export const status = { ...taggedStatus, select: (tagged: TaggedStatus) => tagged.status };

/** `isOld`: the last one, while requests for it fail. */
export type ShownStatus = Status & { readonly isOld?: boolean };

/** The status for people: while it cannot be loaded, the last status may be out of date. undefined: not loaded yet. */
export function useStatus(): ShownStatus | undefined {
  const { data, error } = useQuery(status);
  return useMemo(() => {
    if (data === undefined || error === null) return data;
    return { ...data, state: 'unknown', reason: reasonOf(error), isOld: true };
  }, [data, error]);
}

function reasonOf({ status, message }: RequestError): string {
  return status === 0 ? 'The service could not be reached' : message.replace(/\.$/, '');
}

/** The newest runs, newest first. Polls while one is running, for its progress. */
export const latestRuns = queryOptions({
  queryKey: [LIVE, 'runs'],
  queryFn: async () => (await client.runs(RUNS)).runs,
  refetchInterval: ({ state }) => {
    const isRunning = state.data?.some(({ status }) => status === 'running') === true;
    return nextIn(state.error, isRunning && BUSY_MS);
  },
});

/** How a run without a score may have ended. `latestRuns` has the few that succeeded. */
const UNSCORED = ['failed', 'partial', 'held'] as const;

/** The gaps of the trend that `latest`, the newest runs, may no longer list: loaded again after half as many runs as it lists. */
export function unscoredRuns(latest: readonly Pick<Run, 'id'>[]) {
  return queryOptions({
    queryKey: ['unscored runs', Math.floor((latest[0]?.id ?? 0) / (RUNS / 2))],
    queryFn: async () => {
      const pages = await Promise.all(UNSCORED.map((status) => client.runs(MOST_RUNS, null, { status })));
      return pages.flatMap(({ runs }) => runs);
    },
    placeholderData: keepPreviousData,
    enabled: latest.length > 0,
  });
}

export const agents = queryOptions({ queryKey: [LIVE, 'agents'], queryFn: client.agents });

export function explanation(agent_id: string) {
  return queryOptions({ queryKey: [LIVE, 'agent', agent_id], queryFn: () => client.explain(agent_id) });
}

/** The runs of the whole history that match, newest first. */
export function history(filter: RunFilter) {
  return infiniteQueryOptions({
    queryKey: [LIVE, 'history', filter],
    queryFn: ({ pageParam }) => client.runs(RUNS, pageParam, filter),
    initialPageParam: null as number | null,
    getNextPageParam: ({ next }) => next,
  });
}

/** One run with its log. */
export function runLog(id: string) {
  return infiniteQueryOptions({
    queryKey: [LIVE, 'run', id],
    queryFn: ({ pageParam }) => client.run(id, LOG_ENTRIES, pageParam),
    initialPageParam: 0,
    getNextPageParam: ({ next }) => next,
    refetchInterval: ({ state }) => {
      const isRunning = state.data?.pages[0]?.run.status === 'running';
      return nextIn(state.error, isRunning && BUSY_MS);
    },
  });
}

export const settings = queryOptions({ queryKey: [LIVE, 'settings'], queryFn: client.settings });

export function webhookEvents(hours: number) {
  return queryOptions({ queryKey: [LIVE, 'events', hours], queryFn: () => client.webhookEvents(hours) });
}

/** What each discrepancy of a scored run cost. */
export function lostPoints(run_id: number | null) {
  return queryOptions({
    queryKey: ['lost points', run_id],
    queryFn: async () => (run_id === null ? [] : (await client.run(String(run_id), 1, 0)).lost_points),
  });
}

export const openApi = queryOptions({ queryKey: ['openapi'], queryFn: client.openApi });

/** Refetches what is shown when the status changes, and the status as soon as a run is seen to start or end. */
export function useFollow(): void {
  const queries = useQueryClient();
  const query = useQuery({ ...taggedStatus, select: (tagged) => tagged.etag });
  const failure = useFailure(query);
  useChange(query.data, () => void queries.invalidateQueries({ queryKey: [LIVE] }));
  const isFailed = ({ state }: { state: { error: unknown } }) => state.error !== null;
  useChange(String(failure === null), () => void queries.invalidateQueries({ queryKey: [LIVE], predicate: isFailed }));
  const { data: runs } = useQuery(latestRuns);
  useChange(
    runs?.map(({ id, status }) => `${id} ${status}`).join(),
    () => void queries.invalidateQueries({ queryKey: taggedStatus.queryKey }),
  );
}

/** Calls back when a value, once known, becomes another. */
function useChange(value: string | undefined, onChange: () => void): void {
  const seen = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (seen.current !== undefined && seen.current !== value) onChange();
    seen.current = value;
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the callback is new at each render
  }, [value]);
}

/** Why the newest data of a query could not be loaded. */
export interface QueryFailure {
  readonly error: RequestError;
  /** Milliseconds; 0: there is no data yet. */
  readonly dataUpdatedAt: number;
  readonly isFetching: boolean;
}

/** What the library knows of a query. */
export interface QueryState extends Omit<QueryFailure, 'error'> {
  readonly error: RequestError | null;
  readonly errorUpdatedAt: number;
}

/** The failure of a query, until it succeeds: the library forgets the error of a query without data while it retries it. */
export function useFailure({ error, errorUpdatedAt, dataUpdatedAt, isFetching }: QueryState): QueryFailure | null {
  const last = useRef(error);
  last.current = error ?? (errorUpdatedAt > dataUpdatedAt ? last.current : null);
  return last.current === null ? null : { error: last.current, dataUpdatedAt, isFetching };
}

/** The failure of a query that every view needs; null: none fails. It only watches them: the views fetch. */
export function useServiceFailure(): QueryFailure | null {
  const watch = { enabled: false } as const;
  const needed = [
    useFailure(useQuery({ ...status, ...watch })),
    useFailure(useQuery({ ...latestRuns, ...watch })),
    useFailure(useQuery({ ...agents, ...watch })),
  ];
  return needed.find((failure) => failure !== null) ?? null;
}
