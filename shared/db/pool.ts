import { setTimeout as delay } from 'node:timers/promises';
import type { PoolClient, QueryResultRow } from 'pg';
import { AppError } from '../errors.ts';
import { type Connection, type DatabaseOptions, openConnections, unresponsive } from './connections.ts';
import { translate, unavailable } from './database-error.ts';
import { namesPlatformTable, qualify, READ_SCHEMA } from './platform-table.ts';
import { createSession, type Session } from './session.ts';
import { SERVICE_SETTINGS, setLocal, showSettings } from './session-settings.ts';

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
 * Failures are AppErrors `database_unavailable`, `schema_mismatch` or `database_permission`, and pg's own otherwise.
 */
export interface Database {
  /** One statement on its own. It is sent again when its connection is lost: it must have the same effect twice as once. */
  readonly query: Query;
  /**
   * BEGIN, the work, COMMIT. The whole work is run again, three times at most, after a deadlock, a serialisation failure
   * or a lost connection, so it must read again what it decides on and have no effect outside the database.
   */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>;
  /** Statements sent so far, BEGIN and COMMIT included. */
  readonly statements: () => number;
  /** The same database for a request that waits no longer: what has no response by then fails as `database_unavailable`. */
  within(remainingMs: () => number): Database;
  /** Resolves once every connection is closed. */
  close(): Promise<void>;
}

const TRIES = 3;

/** A pool of connections by `options`; connects with the first statement. */
export function createDatabase(options: DatabaseOptions): Database {
  const connections = openConnections(options);
  const isSettled = createSettingsCheck();
  const platform = createPlatformTable();
  let sent = 0;
  const onStatement = () => {
    sent += 1;
  };

  function within(remainingMs: () => number): Database {
    async function inSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
      for (let attempt = 1; ; attempt += 1) {
        const connection = await connections.connect(remainingMs());
        const session = createSession(connection.client, { onStatement, limitMs: remainingMs });
        try {
          return await work(session);
        } catch (error) {
          const failure = failureOf(error, session);
          // The table may be in another schema by now.
          if (failure instanceof AppError && failure.code === 'schema_mismatch') platform.forget();
          const again = await mayTryAgain(connection, session, error);
          if (!again || attempt === TRIES || remainingMs() <= 0) throw failure;
        } finally {
          session.end();
        }
        await delay(Math.random() * 50 * attempt);
      }
    }

    const queryOf =
      (session: Session): Query =>
      async <Row extends QueryResultRow>(text: string, values?: readonly unknown[]) =>
        (await session.send<Row>(await platform.qualify(text, session), values)).rows;

    async function inTransaction<T>(session: Session, work: (query: Query) => Promise<T>): Promise<T> {
      await session.send((await isSettled(session)) ? 'BEGIN' : BEGIN_WITH_SETTINGS);
      return await finishTransaction(session, () => work(queryOf(session)));
    }

    return {
      query: (text, values) =>
        inSession(async (session) =>
          (await isSettled(session))
            ? queryOf(session)(text, values)
            : // A setting that the session does not have arrives with a transaction.
              inTransaction(session, (query) => query(text, values)),
        ),
      transaction: (work) => inSession((session) => inTransaction(session, work)),
      statements: () => sent,
      within,
      close: () => connections.close(),
    };
  }

  return within(() => Number.POSITIVE_INFINITY);
}

/** One message, so that it costs no further round trip. */
const BEGIN_WITH_SETTINGS = `BEGIN; ${setLocal(SERVICE_SETTINGS)}`;

async function finishTransaction<T>(session: Session, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    const { command } = await session.send('COMMIT');
    // So Postgres ends a transaction in which a statement failed: without an error.
    if (command === 'ROLLBACK') throw new Error('A statement of this transaction failed and its error was swallowed');
    return result;
  } catch (error) {
    await rollBack(session);
    throw error;
  }
}

async function rollBack(session: Session): Promise<void> {
  if (session.condition().broken) return;
  // The error that led here is the one to report; a connection that cannot roll back is closed, which does.
  await session.send('ROLLBACK').catch(() => session.abandon());
}

/**
 * Whether the session has our settings, from its role or its start-up parameters. A pooler may have dropped these, so
 * each new connection is asked.
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

interface PlatformTable {
  qualify(sql: string, session: Session): Promise<string>;
  forget(): void;
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
    forget() {
      schema = undefined;
    },
  };
}

async function mayTryAgain(connection: Connection, session: Session, error: unknown): Promise<boolean> {
  const adapted = await connection.adapt(error);
  const { suspect, retry } = session.condition();
  if (suspect) connection.renew();
  return adapted || retry;
}

function failureOf(error: unknown, session: Session): unknown {
  const { broken, late } = session.condition();
  if (error instanceof AppError) return error;
  if (late) return unresponsive(error);
  return broken ? unavailable(error) : translate(error);
}

function notMigrated(): AppError {
  return new AppError(
    503,
    'schema_mismatch',
    'The database does not say in which schema the interviewer table is.',
    'Run the migrations: npm start does, and so does a deployment.',
  );
}
