/** What the page reads, and how it is kept up to date. */
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

/** Everything below this key is read again when a run starts or ends. */
const LIVE = 'live';

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: false,
        // Without a network a request fails, and the page says so.
        networkMode: 'always',
        // A new run says when something changed; until then nothing needs to be read again.
        staleTime: Number.POSITIVE_INFINITY,
        refetchOnWindowFocus: ({ state }) => state.error === null || mayRecover(state.error),
        refetchInterval: ({ state }) => (mayRecover(state.error) ? RETRY_MS : false),
      },
      mutations: { networkMode: 'always' },
    },
  });
}

/** Refused requests are counted and raise an alarm, so a refused token is not sent again. */
function mayRecover(error: unknown): boolean {
  return error instanceof RequestError && (error.status === 0 || error.status >= 500);
}

/** The newest runs, newest first: what the page polls. */
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

/** All runs that are kept, newest first. */
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

export const openApi = queryOptions({ queryKey: ['openapi'], queryFn: client.openApi });

/** Reads everything again that is shown, once a run has started or ended. */
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
