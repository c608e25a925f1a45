/** Processes that can be killed: each request runs as one, and from its death on nothing of it happens any more. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { QueryResultRow } from 'pg';
import type { Database, Query } from '../../shared/db/pool.ts';
import type { RetellSession } from '../../shared/retell/client.ts';
import type { Services } from '../../shared/services.ts';

export interface Processes {
  /** The given services, as processes use them. */
  readonly services: Services;
  /** Runs `work` as a process that dies at the `dies_at`-th moment between two awaits (null: never); null when it died. */
  run<T>(dies_at: number | null, work: () => Promise<T>): Promise<T | null>;
  /** How many died so far. */
  readonly deaths: () => number;
  /** Lets what still waits in dead processes come to an end, without any effect. */
  bury(): void;
}

interface Process {
  left: number;
  /** Resolves at its death. */
  readonly death: PromiseWithResolvers<null>;
}

class Killed extends Error {
  override readonly name = 'Killed';
}

export function mortal(services: Services): Processes {
  const current = new AsyncLocalStorage<Process>();
  const burial = Promise.withResolvers<never>();
  burial.promise.catch(() => {});
  let deaths = 0;

  /** A dead process never gets past this. */
  async function moment(): Promise<void> {
    const process = current.getStore();
    if (process === undefined) return;
    process.left -= 1;
    if (process.left > 0) return;
    process.death.resolve(null);
    await burial.promise;
  }

  async function during<Result>(call: () => Promise<Result>): Promise<Result> {
    await moment();
    try {
      return await call();
    } finally {
      await moment();
    }
  }

  /** The connection of a killed process ends, and Postgres rolls back what was open on it. */
  function transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    const death = current.getStore()?.death.promise.then(() => {
      throw new Killed();
    });
    return services.database.transaction((query) => {
      const working = work(mortalQuery(query, during));
      return death === undefined ? working : Promise.race([working, death]);
    });
  }

  const database: Database = {
    ...services.database,
    query: mortalQuery(services.database.query, during),
    transaction: (work) => during(() => transaction(work)),
    within: () => database,
  };

  return {
    services: {
      ...services,
      database,
      retell: {
        ...services.retell,
        session: (options) => mortalSession(services.retell.session(options), during),
      },
    },
    async run(dies_at, work) {
      const process: Process = { left: dies_at ?? Number.POSITIVE_INFINITY, death: Promise.withResolvers() };
      const outcome = await current.run(process, () => Promise.race([work(), process.death.promise]));
      if (process.left <= 0) deaths += 1;
      return process.left <= 0 ? null : outcome;
    },
    deaths: () => deaths,
    bury: () => burial.reject(new Killed()),
  };
}

type During = <Result>(call: () => Promise<Result>) => Promise<Result>;

function mortalQuery(query: Query, during: During): Query {
  return <Row extends QueryResultRow>(text: string, values?: readonly unknown[]) =>
    during(() => query<Row>(text, values));
}

function mortalSession(session: RetellSession, during: During): RetellSession {
  return {
    calls: () => session.calls(),
    listAgents: () => during(() => session.listAgents()),
    readAgent: (...given) => during(() => session.readAgent(...given)),
    readVersion: (...given) => during(() => session.readVersion(...given)),
    createVersion: (...given) => during(() => session.createVersion(...given)),
    renameDraft: (...given) => during(() => session.renameDraft(...given)),
    publish: (...given) => during(() => session.publish(...given)),
    createAgent: (...given) => during(() => session.createAgent(...given)),
    checkKey: () => during(() => session.checkKey()),
  };
}
