/** The connections of one process: one pool at a time, replaced when its URL changes or its connections are suspect. */
import { Pool, type PoolClient } from 'pg';
import { AppError, apiError } from '../errors.ts';
import { type ConnectionConfig, type ConnectionOptions, connectionConfig } from './connection.ts';
import { type ConnectionTarget, unavailable, unreachable } from './database-error.ts';
import { isCredentialRefused, isPoolExhausted, isStartupParameterRefused } from './refusals.ts';
import { SERVICE_SETTINGS, startupOptions } from './session-settings.ts';
import { VALUE_PARSERS } from './value-parsers.ts';

export interface DatabaseOptions extends ConnectionOptions {
  /** Called before every statement or transaction; when the URL changes, new connections use it. */
  readonly connectionString: () => Promise<string>;
  /** Called when the user or the password is refused, before `connectionString` is called again. */
  readonly refresh?: () => Promise<void>;
  readonly maxConnections: number;
  /** Called when a connection broke while idle; it is replaced. */
  readonly onConnectionError?: (error: Error) => void;
}

export interface Connection {
  readonly client: PoolClient;
  readonly target: ConnectionTarget;
  /** Every later request gets a new connection. */
  renew(): void;
  /** Changes what was refused, such as the password. False: a retry would be refused again. */
  adapt(error: unknown): Promise<boolean>;
}

export interface Connections {
  /** Throws an AppError `database_unavailable` if no connection is available within `limitMs`. */
  connect(limitMs: number): Promise<Connection>;
  /** Resolves once every connection is closed. */
  close(): Promise<void>;
}

interface OpenPool {
  readonly url: string;
  readonly target: ConnectionTarget;
  readonly pool: Pool;
  /** Whether its connections send our settings as start-up parameters. */
  readonly sends_settings: boolean;
  /** Resolves to null when the pool is replaced; the old pool serves none of its waiters. */
  readonly retired: PromiseWithResolvers<null>;
}

/** What a retry has to change. */
type Adaptation = 'settings' | 'credentials';

export function openConnections(options: DatabaseOptions): Connections {
  let current: OpenPool | undefined;
  let closing: Promise<unknown> = Promise.resolve();
  let closed = false;
  let sends_settings = true;
  let refreshing: Promise<void> | undefined;

  function retire(open: OpenPool): void {
    if (current !== open) return;
    current = undefined;
    open.retired.resolve(null);
    closing = Promise.all([closing, open.pool.end()]);
  }

  async function openPool(): Promise<OpenPool> {
    const url = await options.connectionString();
    if (closed) throw unavailable(new Error('The database was closed'));
    if (current?.url === url) return current;
    const config = await connectionConfig(url, options);
    // Another caller may have opened it in the meantime.
    if (current?.url === url) return current;
    if (current !== undefined) retire(current);
    const pool = createPool(sends_settings ? withSettings(config) : config, options);
    current = { url, target: config, pool, sends_settings, retired: Promise.withResolvers() };
    return current;
  }

  async function adapt(open: OpenPool, what: Adaptation): Promise<void> {
    // If it is another pool, another caller has replaced it already.
    if (current !== open) return;
    if (what === 'settings') sends_settings = false;
    else await refresh();
    retire(open);
  }

  /** Runs once for all requests that are refused at the same time. */
  function refresh(): Promise<void> {
    refreshing ??= Promise.resolve(options.refresh?.()).finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  }

  async function connect(limitMs: number): Promise<Connection> {
    const end = performance.now() + limitMs;
    const tried = new Set<Adaptation>();
    for (;;) {
      const open = await openPool();
      try {
        const client = await checkOut(open, end - performance.now());
        if (client !== null) return connectionOf(open, client);
      } catch (error) {
        const what = adaptationFor(error, open);
        if (what === null || tried.has(what)) throw connectFailure(error, open.target);
        tried.add(what);
        await adapt(open, what);
      }
    }
  }

  function connectionOf(open: OpenPool, client: PoolClient): Connection {
    return {
      client,
      target: open.target,
      renew: () => retire(open),
      async adapt(error) {
        const what = adaptationFor(error, open);
        if (what !== null) await adapt(open, what);
        return what !== null;
      },
    };
  }

  async function close(): Promise<void> {
    closed = true;
    if (current !== undefined) retire(current);
    await closing;
  }

  return { connect, close };
}

function adaptationFor(error: unknown, { sends_settings }: OpenPool): Adaptation | null {
  if (isCredentialRefused(error)) return 'credentials';
  // The parameters of the connection string stay, because the user chose them.
  return sends_settings && isStartupParameterRefused(error) ? 'settings' : null;
}

/** A connection of the pool; null: the pool was replaced. Throws when the time is up. */
async function checkOut({ pool, retired }: OpenPool, limitMs: number): Promise<PoolClient | null> {
  const opening = pool.connect();
  const late = Promise.withResolvers<never>();
  const giveUp = () => late.reject(unresponsive());
  const timer = Number.isFinite(limitMs) ? setTimeout(giveUp, Math.max(limitMs, 0)) : undefined;
  let client: PoolClient | null = null;
  try {
    client = await Promise.race([opening, retired.promise, late.promise]);
    return client;
  } finally {
    clearTimeout(timer);
    // A connection that arrives too late goes back to the pool.
    if (client === null) opening.then((spare) => spare.release(), ignore);
  }
}

function ignore(): void {}

function withSettings(config: ConnectionConfig): ConnectionConfig {
  const ours = startupOptions(SERVICE_SETTINGS);
  return { ...config, options: config.options === undefined ? ours : `${config.options} ${ours}` };
}

function createPool(config: ConnectionConfig, { maxConnections, onConnectionError }: DatabaseOptions): Pool {
  const pool = new Pool({
    ...config,
    types: VALUE_PARSERS,
    max: Math.min(config.max ?? maxConnections, maxConnections),
    allowExitOnIdle: true,
  });
  // Without a listener, an idle connection that breaks would end the process.
  pool.on('error', (error) => onConnectionError?.(error));
  // A connection can also break in the same packet that completes its start, before its user listens.
  pool.on('connect', (client) => client.on('error', ignore));
  return pool;
}

function connectFailure(error: unknown, target: ConnectionTarget): AppError {
  if (error instanceof AppError) return error;
  return isPoolExhausted(error) ? unresponsive(error) : unreachable(error, target);
}

/** The error for a database, or a pooler in front of it, that has no connection or no response in time. */
export function unresponsive(cause?: unknown): AppError {
  return apiError('database_unavailable', {
    message: 'The database did not respond in time.',
    hint: 'Check DATABASE_URL (on AWS: the database secret), that its database is running, and, behind a pooler, that DATABASE_CONNECTIONS is no more than its pool has.',
    cause,
  });
}
