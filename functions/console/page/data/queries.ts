/** The queries of the page and when they are refetched. */
import { infiniteQueryOptions, QueryClient, queryOptions, useQuery, useQueryClient } from '@tanstack/preact-query';
import { useEffect, useRef } from 'preact/hooks';
import { client } from './client.ts';
import { RequestError } from './request-error.ts';

declare module '@tanstack/preact-query' {
  interface Register {
    defaultError: RequestError;
  }
}

export const BUSY_MS = 800;
const IDLE_MS = 15_000;
const RETRY_MS = 5_000;
const RUNS = 50;
const LOG_ENTRIES = 200;

/** Key prefix of the queries that are refetched when a run starts or ends. */
const LIVE = 'live';

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: false,
        // Fail rather than wait when the browser is offline, so that the page reports it.
        networkMode: 'always',
        // Data is stale only after a run; see useFollowRuns.
        staleTime: Number.POSITIVE_INFINITY,
        refetchOnWindowFocus: ({ state }) => state.error === null || mayRecover(state.error),
        refetchInterval: ({ state }) => (mayRecover(state.error) ? RETRY_MS : false),
      },
      mutations: { networkMode: 'always' },
    },
  });
}

/** Does not retry a refused token: refused requests raise an alarm. */
function mayRecover(error: unknown): boolean {
  return error instanceof RequestError && (error.status === 0 || error.status >= 500);
}

/** The newest runs, newest first. The only query that polls while nothing runs. */
export const latestRuns = queryOptions({
  queryKey: ['runs'],
  queryFn: async () => (await client.runs(RUNS)).runs,
  staleTime: 0,
  refetchInterval: ({ state }) => {
    if (state.error !== null) return mayRecover(state.error) ? RETRY_MS : false;
    return state.data?.some(({ status }) => status === 'running') === true ? BUSY_MS : IDLE_MS;
  },
});

export const status = queryOptions({ queryKey: [LIVE, 'status'], queryFn: client.status });

export const agents = queryOptions({ queryKey: [LIVE, 'agents'], queryFn: client.agents });

export function explanation(agent_id: string) {
  return queryOptions({ queryKey: [LIVE, 'agent', agent_id], queryFn: () => client.explain(agent_id) });
}

/** The whole history, newest first. */
export const history = infiniteQueryOptions({
  queryKey: [LIVE, 'history'],
  queryFn: ({ pageParam }) => client.runs(RUNS, pageParam),
  initialPageParam: null as number | null,
  getNextPageParam: ({ next }) => next,
});

/** One run with its log. */
export function runLog(id: string) {
  return infiniteQueryOptions({
    queryKey: [LIVE, 'run', id],
    queryFn: ({ pageParam }) => client.run(id, LOG_ENTRIES, pageParam),
    initialPageParam: 0,
    getNextPageParam: ({ next }) => next,
    refetchInterval: ({ state }) => (state.data?.pages[0]?.run.status === 'running' ? BUSY_MS : false),
  });
}

export const settings = queryOptions({ queryKey: [LIVE, 'settings'], queryFn: client.settings });

/** Not every event makes a run, so it polls. */
export function webhookEvents(hours: number) {
  return queryOptions({
    queryKey: [LIVE, 'events', hours],
    queryFn: () => client.webhookEvents(hours),
    refetchInterval: ({ state }) => (state.error === null ? IDLE_MS : mayRecover(state.error) ? RETRY_MS : false),
  });
}

/** What each discrepancy of a scored run cost. */
export function lostPoints(run_id: number | null) {
  return queryOptions({
    queryKey: ['lost points', run_id],
    queryFn: async () => (run_id === null ? [] : (await client.run(String(run_id), 1, 0)).lost_points),
  });
}

export const openApi = queryOptions({ queryKey: ['openapi'], queryFn: client.openApi });

/** Refetches what is shown when a run starts or ends. */
export function useFollowRuns(): void {
  const queries = useQueryClient();
  const { data: runs } = useQuery(latestRuns);
  const signature = runs?.map(({ id, status }) => `${id} ${status}`).join();
  const seen = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (seen.current !== undefined && seen.current !== signature) void queries.invalidateQueries({ queryKey: [LIVE] });
    seen.current = signature;
  }, [queries, signature]);
}
