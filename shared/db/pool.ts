import { setTimeout as delay } from 'node:timers/promises';
import { Pool, type PoolClient, type QueryResult, type QueryResultRow } from 'pg';
import { AppError } from '../errors.ts';
import { type ConnectionConfig, type ConnectionOptions, connectionConfig } from './connection.ts';
import { type ConnectionTarget, sqlStateOf, translate, unavailable, unreachable } from './database-error.ts';
import { SQLSTATE } from './sqlstate.ts';

/** Sends one statement and returns its rows. `timestamptz` arrives as a Date; cast int8 and numeric in the SQL. */
export type Query = <Row extends QueryResultRow = QueryResultRow>(
  text: string,
  values?: readonly unknown[],
) => Promise<Row[]>;

/**
 * Failures are AppErrors `database_unavailable`, `schema_mismatch` or `database_permission`, and pg's own otherwise.
 */
export interface Database {
  /** One statement on its own. It is sent again when its connection is lost: it must bear being carried out twice. */
  readonly query: Query;
  /**
   * BEGIN, the work, COMMIT. The whole work is run again, three times at most, after a deadlock, a serialisation failure
   * or a lost connection, so it must read again what it decides on and have no effect outside the database.
   */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>;
  /** Statements sent so far, BEGIN and COMMIT included. */
  readonly statements: () => number;
  /** Resolves once every connection is closed. */
  close(): Promise<void>;
}

export interface DatabaseOptions extends ConnectionOptions {
  /** Asked before every statement or transaction; when the answer changes, new connections are made by it. */
  readonly connectionString: () => Promise<string>;
  /** Called when the password is refused, before `connectionString` is asked again. */
  readonly refresh?: () => Promise<void>;
  readonly maxConnections: number;
  /** A connection that broke while idle; it is replaced without anybody noticing. */
  readonly onConnectionError?: (error: Error) => void;
}

const TRIES = 3;
const STATEMENT_TIMEOUT_MS = 60_000;
/** Longer than the server's own limit, for a server that does not answer at all. */
const QUERY_TIMEOUT_MS = 65_000;

const TRY_AGAIN: ReadonlySet<string> = new Set([SQLSTATE.serializationFailure, SQLSTATE.deadlockDetected]);
/** After these the connection is of no use: the server is going down, or became a replica that only reads. */
const RECONNECT: ReadonlySet<string> = new Set([
  SQLSTATE.readOnlyTransaction,
  SQLSTATE.adminShutdown,
  SQLSTATE.crashShutdown,
]);

/** What became of one try, beyond the error that it threw. */
interface Session {
  readonly send: <Row extends QueryResultRow>(text: string, values?: readonly unknown[]) => Promise<QueryResult<Row>>;
  /** Whether the connection can no longer be used. */
  broken: boolean;
  /** Whether to take it up again on a fresh one. */
  retry: boolean;
}

/** A pool of connections by `options`; connects with the first statement. */
export function createDatabase(options: DatabaseOptions): Database {
  const pools = createPools(options);
  let sent = 0;

  async function inSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const { client, target, renew } = await pools.connect();
      const session = createSession(client, () => {
        sent += 1;
      });
      const onError = () => {
        session.broken = true;
        session.retry = true;
      };
      client.on('error', onError);
      try {
        return await work(session);
      } catch (error) {
        if (session.broken) renew();
        if (!session.retry || attempt === TRIES)
          throw session.broken ? brokenOff(error, target) : translate(error, target);
      } finally {
        client.off('error', onError);
        client.release(session.broken);
      }
      await delay(Math.random() * 50 * attempt);
    }
  }

  return {
    query: (text, values) => inSession((session) => queryOf(session)(text, values)),
    transaction: (work) => inSession((session) => inTransaction(session, work)),
    statements: () => sent,
    close: () => pools.close(),
  };
}

async function inTransaction<T>(session: Session, work: (query: Query) => Promise<T>): Promise<T> {
  await session.send('BEGIN');
  try {
    const result = await work(queryOf(session));
    const { command } = await session.send('COMMIT');
    // So Postgres ends a transaction in which a statement failed: without an error.
    if (command === 'ROLLBACK') throw new Error('A statement of this transaction failed and its error was swallowed');
    return result;
  } catch (error) {
    await rollBack(session);
    throw error;
  }
}

function queryOf(session: Session): Query {
  return async <Row extends QueryResultRow>(text: string, values?: readonly unknown[]) =>
    (await session.send<Row>(text, values)).rows;
}

async function rollBack(session: Session): Promise<void> {
  if (session.broken) return;
  try {
    await session.send('ROLLBACK');
  } catch {
    // The error that led here is the one to tell; a connection that cannot roll back is closed, which does.
    session.broken = true;
  }
}

function createSession(client: PoolClient, count: () => void): Session {
  const session: Session = { broken: false, retry: false, send };
  async function send<Row extends QueryResultRow>(text: string, values?: readonly unknown[]) {
    const began = performance.now();
    count();
    try {
      return await client.query<Row>(text, values === undefined ? undefined : [...values]);
    } catch (error) {
      judge(session, error, performance.now() - began);
      throw error;
    }
  }
  return session;
}

function judge(session: Session, error: unknown, elapsedMs: number): void {
  const state = sqlStateOf(error);
  if (state !== undefined) {
    if (RECONNECT.has(state)) session.broken = true;
    if (RECONNECT.has(state) || TRY_AGAIN.has(state)) session.retry = true;
    return;
  }
  // A parameter that cannot be sent is the caller's mistake, and the connection knows nothing of it.
  if (error instanceof TypeError || error instanceof RangeError) return;
  session.broken = true;
  // A server that did not answer in all that time would not the next time either.
  session.retry = elapsedMs < STATEMENT_TIMEOUT_MS;
}

function brokenOff(error: unknown, target: ConnectionTarget): unknown {
  return error instanceof AppError ? error : unavailable(error, target);
}

interface Connection {
  readonly client: PoolClient;
  readonly target: ConnectionTarget;
  /** Has every later connection made afresh. */
  readonly renew: () => void;
}

interface Pools {
  connect(): Promise<Connection>;
  close(): Promise<void>;
}

/** One pool at a time; it is replaced when the URL changes or its connections are suspect. */
function createPools(options: DatabaseOptions): Pools {
  let current: { url: string; pool: Pool } | undefined;
  let closing: Promise<unknown> = Promise.resolve();
  let closed = false;
  let serverTimeout = true;

  function retire(pool: Pool): void {
    if (current?.pool !== pool) return;
    current = undefined;
    closing = Promise.all([closing, pool.end()]);
  }

  async function poolFor(url: string): Promise<Pool> {
    if (closed) throw unavailable(new Error('The database was closed'));
    if (current?.url === url) return current.pool;
    const config = await connectionConfig(url, options);
    // Another caller may have made it meanwhile.
    if (current?.url === url) return current.pool;
    if (current !== undefined) retire(current.pool);
    current = { url, pool: createPool(config, options, serverTimeout) };
    return current.pool;
  }

  async function connect(mayRepeat = true): Promise<Connection> {
    const pool = await poolFor(await options.connectionString());
    try {
      const client = await pool.connect();
      return { client, target: pool.options, renew: () => retire(pool) };
    } catch (error) {
      const state = sqlStateOf(error);
      if (!mayRepeat) throw unreachable(error, pool.options);
      if (state === SQLSTATE.invalidPassword) await options.refresh?.();
      // PgBouncer refuses start-up parameters that it does not know.
      else if (state === SQLSTATE.protocolViolation) serverTimeout = false;
      else throw unreachable(error, pool.options);
      retire(pool);
      return await connect(false);
    }
  }

  async function close(): Promise<void> {
    closed = true;
    if (current !== undefined) retire(current.pool);
    await closing;
  }

  return { connect: () => connect(), close };
}

function createPool(config: ConnectionConfig, options: DatabaseOptions, serverTimeout: boolean): Pool {
  const pool = new Pool({
    ...config,
    max: Math.min(config.max ?? options.maxConnections, options.maxConnections),
    query_timeout: QUERY_TIMEOUT_MS,
    allowExitOnIdle: true,
    ...(serverTimeout ? { statement_timeout: STATEMENT_TIMEOUT_MS } : {}),
  });
  // Without a listener an idle connection that breaks would end the process.
  pool.on('error', (error) => options.onConnectionError?.(error));
  // So would one that breaks before whoever asked for it listens: in the packet that says that it is ready.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}
