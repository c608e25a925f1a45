/** Processes that can be killed at any await: after that they execute and send nothing. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { QueryResultRow } from 'pg';
import type { Database, Query } from '../../shared/db/pool.ts';
import type { RetellSession } from '../../shared/retell/client.ts';
import type { Services } from '../../shared/services.ts';

export interface Processes {
  /** The given services, for code that runs in processes. */
  readonly services: Services;
  /** Runs `work` as a process that is killed at the n-th of its awaits (null: never). Returns null when it was killed. */
  run<T>(killed_at: number | null, work: () => Promise<T>): Promise<T | null>;
  /** Number of processes killed so far. */
  readonly kills: () => number;
  /** Ends the promises that killed processes still wait for, without any effect. */
  release(): void;
}

interface Process {
  left: number;
  /** Resolves when it is killed. */
  readonly death: PromiseWithResolvers<null>;
}

class Killed extends Error {
  override readonly name = 'Killed';
}

export function killable(services: Services): Processes {
  const current = new AsyncLocalStorage<Process>();
  const released = Promise.withResolvers<never>();
  released.promise.catch(() => {});
  let kills = 0;

  /** Never returns in a killed process. */
  async function killPoint(): Promise<void> {
    const process = current.getStore();
    if (process === undefined) return;
    process.left -= 1;
    if (process.left > 0) return;
    process.death.resolve(null);
    await released.promise;
  }

  async function during<Result>(call: () => Promise<Result>): Promise<Result> {
    await killPoint();
    try {
      return await call();
    } finally {
      await killPoint();
    }
  }

  /** Ends the connection of a killed process, so that Postgres rolls its transaction back. */
  function transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    const death = current.getStore()?.death.promise.then(() => {
      throw new Killed();
    });
    return services.database.transaction((query) => {
      const working = work(killableQuery(query, during));
      return death === undefined ? working : Promise.race([working, death]);
    });
  }

  const database: Database = {
    ...services.database,
    query: killableQuery(services.database.query, during),
    transaction: (work) => during(() => transaction(work)),
    within: () => database,
  };

  return {
    services: {
      ...services,
      database,
      retell: {
        ...services.retell,
        session: (options) => killableSession(services.retell.session(options), during),
      },
    },
    async run(killed_at, work) {
      const process: Process = { left: killed_at ?? Number.POSITIVE_INFINITY, death: Promise.withResolvers() };
      const outcome = await current.run(process, () => Promise.race([work(), process.death.promise]));
      if (process.left <= 0) kills += 1;
      return process.left <= 0 ? null : outcome;
    },
    kills: () => kills,
    release: () => released.reject(new Killed()),
  };
}

type During = <Result>(call: () => Promise<Result>) => Promise<Result>;

function killableQuery(query: Query, during: During): Query {
  return <Row extends QueryResultRow>(text: string, values?: readonly unknown[]) =>
    during(() => query<Row>(text, values));
}

function killableSession(session: RetellSession, during: During): RetellSession {
  return {
    calls: () => session.calls(),
    now: () => session.now(),
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
