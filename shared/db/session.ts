/** One try of a unit of work: its statements on one connection, and what their failures mean for that connection. */
import type { PoolClient, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import { unresponsive } from './connections.ts';
import { sqlStateOf } from './database-error.ts';
import { isCredentialRefused } from './refusals.ts';
import { SQLSTATE } from './sqlstate.ts';

export type Send = <Row extends QueryResultRow>(text: string, values?: readonly unknown[]) => Promise<QueryResult<Row>>;

/** What the failures of a session mean for its connection, and for another try. */
export interface Condition {
  /** The connection can no longer be used. */
  readonly broken: boolean;
  /** Perhaps the other connections of its pool cannot be used either. */
  readonly suspect: boolean;
  /** Another try may succeed. */
  readonly retry: boolean;
  /** There was no response in time. */
  readonly late: boolean;
}

export interface Session {
  readonly client: PoolClient;
  /** Sends one statement of the work. */
  readonly send: Send;
  /** Sends a statement of the pool itself, before the work. A new connection must respond soon. */
  readonly ask: <Row extends QueryResultRow>(text: string) => Promise<Row[]>;
  readonly condition: () => Condition;
  /** Closes the connection at the end. */
  abandon(): void;
  /** Returns the connection to the pool, or closes it. */
  end(): void;
}

export interface Counter {
  add(count: number): void;
  readonly total: () => number;
}

export interface SessionOptions {
  /** Counts every statement of the work. */
  readonly statements: Counter;
  /** Counts the received rows. */
  readonly rows: Counter;
  /** Milliseconds that are left for a statement. */
  readonly limitMs: () => number;
}

interface TimedQuery extends QueryConfig<unknown[]> {
  readonly query_timeout: number;
}

/** Longer than the server's own limit, for a server that does not respond at all. */
const QUERY_TIMEOUT_MS = 65_000;
/** A pooler accepts a connection long before it has a server for it. */
const FIRST_RESPONSE_MS = 5_000;

const SOUND: Condition = { broken: false, suspect: false, retry: false, late: false };
const LOST: Condition = { broken: true, suspect: true, retry: true, late: false };

export function createSession(client: PoolClient, { statements, rows, limitMs }: SessionOptions): Session {
  let condition = SOUND;
  const note = (found: Condition) => {
    condition = { ...found, broken: condition.broken || found.broken, suspect: condition.suspect || found.suspect };
  };
  const onError = () => note(LOST);
  client.on('error', onError);

  async function run<Row extends QueryResultRow>(query: QueryConfig<unknown[]>, mostMs: number) {
    const limit = Math.min(limitMs(), mostMs);
    if (limit <= 0) throw unresponsive();
    const began = performance.now();
    const timed: TimedQuery = { ...query, query_timeout: limit };
    try {
      return await client.query<Row>(timed);
    } catch (error) {
      note(judge(error, performance.now() - began, limit));
      throw error;
    }
  }

  return {
    client,
    async send<Row extends QueryResultRow>(text: string, values?: readonly unknown[]) {
      statements.add(1);
      const result = await run<Row>(values === undefined ? { text } : { text, values: [...values] }, QUERY_TIMEOUT_MS);
      // Several statements in one message have a result each.
      if (!Array.isArray(result)) rows.add(result.rows.length);
      return result;
    },
    ask: async <Row extends QueryResultRow>(text: string) => (await run<Row>({ text }, FIRST_RESPONSE_MS)).rows,
    condition: () => condition,
    abandon: () => note({ ...SOUND, broken: true }),
    end() {
      client.off('error', onError);
      client.release(condition.broken);
    },
  };
}

const TRY_AGAIN: ReadonlySet<string> = new Set([SQLSTATE.serializationFailure, SQLSTATE.deadlockDetected]);
/** After these SQLSTATEs the connection is useless: the server is shutting down, or became a read-only replica. */
const RECONNECT: ReadonlySet<string> = new Set([
  SQLSTATE.readOnlyTransaction,
  SQLSTATE.adminShutdown,
  SQLSTATE.crashShutdown,
]);

function judge(error: unknown, elapsedMs: number, limitMs: number): Condition {
  const state = sqlStateOf(error);
  if (state !== undefined) {
    if (RECONNECT.has(state) || isCredentialRefused(error)) return LOST;
    return { ...SOUND, retry: TRY_AGAIN.has(state) };
  }
  // A value that cannot be sent is the caller's mistake, and does not affect the connection.
  if (error instanceof TypeError || error instanceof RangeError) return SOUND;
  const late = elapsedMs > limitMs * 0.9;
  // A request that runs out of time says nothing about other connections.
  return { broken: true, suspect: !late || limitMs === QUERY_TIMEOUT_MS, retry: !late, late };
}
