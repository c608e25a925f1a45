/** The size, limits and rights of each Lambda. */
import type { HttpFunctionName } from '../../shared/api/endpoint.ts';
import { EVENTS, type EventName } from '../../shared/contract.ts';

/** What a function uses; each entry brings its environment and its grant. */
export type Use = 'retell' | 'webhook_keys' | 'token' | 'policy';

export interface FunctionPlan {
  readonly description: string;
  /** Measured in docs/aws.md. */
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /** Maximum concurrent containers, each with one connection: together fewer than the smallest RDS accepts. */
  readonly concurrency: number;
  /** In addition to the database, which all of them use. */
  readonly uses: readonly Use[];
  /** The events that it may publish; the bus refuses all others. */
  readonly publishes: readonly EventName[];
}

const CHANGES_OF_AGENTS = [EVENTS.agentOrphaned, EVENTS.agentRestored, EVENTS.orphanGuardTripped] as const;
const SYNCS = [
  ...CHANGES_OF_AGENTS,
  EVENTS.syncCompleted,
  EVENTS.healthDegraded,
  EVENTS.syncContinuationRequested,
] as const;

export const FUNCTIONS: Readonly<Record<HttpFunctionName, FunctionPlan>> = {
  sync: {
    description: 'POST /api/sync-retell-agents',
    memoryMb: 512,
    timeoutSeconds: 29,
    concurrency: 2,
    uses: ['retell', 'token', 'policy'],
    publishes: SYNCS,
  },
  audit: {
    description: 'GET /api/audit-agents: compares, and writes nothing to the interviewers',
    memoryMb: 512,
    timeoutSeconds: 29,
    concurrency: 3,
    uses: ['retell', 'token', 'policy'],
    publishes: [EVENTS.healthDegraded],
  },
  cleanup: {
    description: 'POST /api/audit-agents: removes old orphans, restores them; undoes runs',
    memoryMb: 512,
    timeoutSeconds: 29,
    concurrency: 1,
    uses: ['retell', 'token', 'policy'],
    publishes: [EVENTS.agentRestored, EVENTS.runUndone],
  },
  webhook: {
    description: "POST /api/retell-webhook: Retell's events",
    memoryMb: 512,
    // Retell waits for 10 s.
    timeoutSeconds: 10,
    concurrency: 15,
    uses: ['retell', 'webhook_keys', 'policy'],
    publishes: CHANGES_OF_AGENTS,
  },
  'scheduled-sync': {
    description: 'The schedule, and the continuation of a sync that had no time to finish',
    memoryMb: 512,
    timeoutSeconds: 900,
    concurrency: 2,
    uses: ['retell', 'token', 'policy'],
    publishes: SYNCS,
  },
  console: {
    description: 'Health, the status, the history of runs, the page for people',
    memoryMb: 512,
    timeoutSeconds: 29,
    concurrency: 10,
    uses: ['token', 'policy'],
    publishes: [],
  },
};

/** A value for each function. */
export function perFunction<Value>(make: (name: HttpFunctionName) => Value): Readonly<Record<HttpFunctionName, Value>> {
  return {
    sync: make('sync'),
    audit: make('audit'),
    cleanup: make('cleanup'),
    webhook: make('webhook'),
    'scheduled-sync': make('scheduled-sync'),
    console: make('console'),
  };
}
