import { setTimeout as delay } from 'node:timers/promises';
import type { PoolClient, QueryResultRow } from 'pg';
import { AppError } from '../errors.ts';
import {
  type Connection,
  type Connections,
  type DatabaseOptions,
  openConnections,
  unresponsive,
} from './connections.ts';
import { type ConnectionTarget, schemaMismatch, sqlStateOf, translate, unavailable } from './database-error.ts';
import { namesPlatformTable, qualify, READ_SCHEMA } from './platform-table.ts';
import { type Counter, createSession, type Session } from './session.ts';
import { SERVICE_SETTINGS, setLocal, showSettings } from './session-settings.ts';
import { SQLSTATE } from './sqlstate.ts';
import { ADD_PLATFORM_SCHEMA, isUnresolvedInFunction, unresolvedInFunction } from './trigger-path.ts';

export type { DatabaseOptions } from './connections.ts';

/**
 * Sends one statement and returns its rows. `{interviewer}` in it becomes the qualified name of the platform's table.
 * `timestamptz` arrives as a Date; cast int8 and numeric in the SQL.
 */
export type Query = <Row extends QueryResultRow = QueryResultRow>(
  text: string,
  values?: readonly unknown[],
) => Promise<Row[]>;

/**
 * Failures are AppErrors `database_unavailable`, `schema_mismatch` or `database_permission`; all others are pg's own
 * errors.
 */
export interface Database {
  /**
   * A single statement. It is sent again if its connection is lost, so sending it twice must have the same effect as
   * once.
   */
  readonly query: Query;
  /**
   * BEGIN, the work, COMMIT. The whole work is run again, up to three times, after a deadlock, a serialization failure
   * or a lost connection, so it must read again what it decides on and have no effect outside the database.
   */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>;
  /** Statements sent so far, BEGIN and COMMIT included. */
  readonly statements: () => number;
  /** Rows received so far. */
  readonly rows: () => number;
  /** The same database with a deadline: a statement without a response by then fails as `database_unavailable`. */
  within(remainingMs: () => number): Database;
  /** Resolves once every connection is closed. */
  close(): Promise<void>;
}

const TRIES = 3;

/** What the requests of a process share. */
interface Shared {
  readonly connections: Connections;
  readonly isSettled: (session: Session) => Promise<boolean>;
  readonly platform: PlatformTable;
  readonly triggerPath: TriggerPath;
  readonly statements: Counter;
  readonly rows: Counter;
}

type Work<T> = (session: Session) => Promise<T>;

/** A pool of connections with these options; connects with the first statement. */
export function createDatabase(options: DatabaseOptions): Database {
  const shared: Shared = {
    connections: openConnections(options),
    isSettled: createSettingsCheck(),
    platform: createPlatformTable(),
    triggerPath: createTriggerPath(),
    statements: createCounter(),
    rows: createCounter(),
  };
  return databaseWithin(shared, () => Number.POSITIVE_INFINITY);
}

function databaseWithin(shared: Shared, remainingMs: () => number): Database {
  return {
    query: (text, values) => runUnit(shared, remainingMs, (session) => sendAlone(shared, session, { text, values })),
    transaction: (work) => runUnit(shared, remainingMs, (session) => inTransaction(shared, session, work)),
    statements: shared.statements.total,
    rows: shared.rows.total,
    within: (limit) => databaseWithin(shared, limit),
    close: () => shared.connections.close(),
  };
}

async function runUnit<T>(shared: Shared, remainingMs: () => number, work: Work<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const hadPath = shared.triggerPath.isNeeded();
    const connection = await shared.connections.connect(remainingMs());
    const session = createSession(connection.client, { ...shared, limitMs: remainingMs });
    try {
      return await work(session);
    } catch (error) {
      const lacksPath = !hadPath && isUnresolvedInFunction(error);
      if (lacksPath) {
        shared.triggerPath.need();
        // Does not count as a failed try: the next one sets the search path.
        attempt -= 1;
      }
      const again = lacksPath || (await mayTryAgain(shared, connection, { session, error }));
      if (!again || attempt === TRIES || remainingMs() <= 0) throw failureOf(error, session, connection.target);
    } finally {
      session.end();
    }
    await delay(Math.random() * 50 * attempt);
  }
}

async function mayTryAgain(
  { platform }: Shared,
  connection: Connection,
  { session, error }: { readonly session: Session; readonly error: unknown },
): Promise<boolean> {
  platform.forgetAfter(error);
  const adapted = await connection.adapt(error);
  const { suspect, retry } = session.condition();
  if (suspect) connection.renew();
  return adapted || retry;
}

function failureOf(error: unknown, session: Session, target: ConnectionTarget): unknown {
  const { broken, late } = session.condition();
  if (error instanceof AppError) return error;
  if (late) return unresponsive(error);
  if (isUnresolvedInFunction(error)) return unresolvedInFunction(error);
  return broken ? unavailable(error, target) : translate(error, target);
}

interface Statement {
  readonly text: string;
  readonly values: readonly unknown[] | undefined;
}

/** If the session lacks a setting, the statement is sent in a transaction that sets it. */
async function sendAlone<Row extends QueryResultRow>(
  shared: Shared,
  session: Session,
  { text, values }: Statement,
): Promise<Row[]> {
  const isEnough = !shared.triggerPath.isNeeded() && (await shared.isSettled(session));
  if (isEnough) return await queryOf(shared, session)<Row>(text, values);
  return await inTransaction(shared, session, (query) => query<Row>(text, values));
}

function queryOf({ platform }: Shared, session: Session): Query {
  return async <Row extends QueryResultRow>(text: string, values?: readonly unknown[]) =>
    (await session.send<Row>(await platform.qualify(text, session), values)).rows;
}

/** One message, so that it costs no additional round trip. */
const BEGIN_WITH_SETTINGS = `BEGIN; ${setLocal(SERVICE_SETTINGS)}`;

async function inTransaction<T>(shared: Shared, session: Session, work: (query: Query) => Promise<T>): Promise<T> {
  await session.send((await shared.isSettled(session)) ? 'BEGIN' : BEGIN_WITH_SETTINGS);
  try {
    if (shared.triggerPath.isNeeded()) await session.ask(ADD_PLATFORM_SCHEMA);
    const result = await work(queryOf(shared, session));
    const { command } = await session.send('COMMIT');
    // Postgres commits a transaction with a failed statement as a rollback, without an error.
    if (command === 'ROLLBACK') throw new Error('A statement of this transaction failed and its error was swallowed');
    return result;
  } catch (error) {
    await rollBack(session);
    throw error;
  }
}

async function rollBack(session: Session): Promise<void> {
  if (session.condition().broken) return;
  // The error that led here is reported. A connection that cannot roll back is closed, which also rolls back.
  await session.send('ROLLBACK').catch(() => session.abandon());
}

/**
 * Whether the session has our settings, from its role or its start-up parameters. A pooler may have dropped them, so
 * each new connection is checked.
 */
function createSettingsCheck(): (session: Session) => Promise<boolean> {
  const known = new WeakMap<PoolClient, boolean>();
  return async ({ client, ask }) => {
    const before = known.get(client);
    if (before !== undefined) return before;
    const [shown] = await ask<Record<string, string>>(showSettings(SERVICE_SETTINGS));
    const settled = Object.entries(SERVICE_SETTINGS).every(([name, value]) => shown?.[name] === value);
    known.set(client, settled);
    return settled;
  };
}

function createCounter(): Counter {
  let count = 0;
  return {
    add(more) {
      count += more;
    },
    total: () => count,
  };
}

interface PlatformTable {
  qualify(sql: string, session: Session): Promise<string>;
  /** The table may have moved to another schema. */
  forgetAfter(error: unknown): void;
}

function createPlatformTable(): PlatformTable {
  let schema: string | undefined;
  return {
    async qualify(sql, { ask }) {
      if (!namesPlatformTable(sql)) return sql;
      schema ??= (await ask<{ schema: string }>(READ_SCHEMA))[0]?.schema;
      if (schema === undefined) throw notMigrated();
      return qualify(sql, schema);
    },
    forgetAfter(error) {
      if (sqlStateOf(error) === SQLSTATE.undefinedTable) schema = undefined;
    },
  };
}

interface TriggerPath {
  /** Whether a trigger of the platform failed because the search path is empty. */
  isNeeded(): boolean;
  need(): void;
}

function createTriggerPath(): TriggerPath {
  let needed = false;
  return {
    isNeeded: () => needed,
    need() {
      needed = true;
    },
  };
}

function notMigrated(): AppError {
  return schemaMismatch('The database does not say in which schema the interviewer table is.');
}
