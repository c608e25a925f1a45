/** A Postgres with databases, and processes that are measured one at a time. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import * as v from 'valibot';
import { bundle } from '../../infra/aws/bundle.ts';
import { startEmbeddedPostgres } from '../../infra/local/embedded-postgres.ts';
import { migrate } from '../../shared/db/migrate.ts';
import { ACCOUNT_KEY, type BenchAccount } from './account.ts';
import { Measurement } from './measurement.ts';

export type Subject = 'system' | 'floor' | 'webhooks' | 'freshness';

export interface Harness {
  /** For bundles. */
  readonly directory: string;
  /** A migrated, empty database; returns its URL. */
  database(name: string): Promise<string>;
  drop(name: string): Promise<void>;
  /** Active interviewers in a database. */
  count(databaseUrl: string): Promise<number>;
  /** Runs a task in its own process. */
  measure(subject: Subject, place: Place, task: object): Promise<Measurement>;
  /** The process itself, to measure it otherwise or kill it. */
  start(subject: Subject, place: Place, task: object): Promise<Started>;
  close(): Promise<void>;
}

/** The servers of a measured process. */
export interface Place {
  readonly account: BenchAccount;
  readonly databaseUrl: string;
}

export interface Started {
  /** The process's message; rejects if it ends without a message. */
  readonly answer: Promise<unknown>;
  kill(): Promise<void>;
}

/** The memory of the Lambdas in MB. */
export const MEMORY_MB = 512;

/** V8's options in Lambda's Node runtime: a tenth of the memory for new objects, the rest for old ones. */
const MEMORY_OPTIONS = [
  `--max-semi-space-size=${Math.floor(MEMORY_MB / 20)}`,
  `--max-old-space-size=${MEMORY_MB - Math.floor(MEMORY_MB / 10)}`,
];

export async function openHarness(nodeOptions: readonly string[] = []): Promise<Harness> {
  const directory = await mkdtemp(join(tmpdir(), 'voice-agent-sync-bench-'));
  const data = await mkdtemp(join(tmpdir(), 'voice-agent-sync-bench-postgres-'));
  const postgres = await startEmbeddedPostgres({ directory: data, persistent: false });
  const admin = new Client(postgres.url);
  await admin.connect();
  await admin.query('create database migrated');
  const urlOf = (name: string) => Object.assign(new URL(postgres.url), { pathname: `/${name}` }).href;
  await migrate(urlOf('migrated'), { createTable: true });
  const bundled = new Set<Subject>();

  async function start(subject: Subject, place: Place, task: object): Promise<Started> {
    const file = join(directory, `${subject}.cjs`);
    if (!bundled.has(subject)) await bundle(`test/bench/subjects/${subject}.ts`, file);
    bundled.add(subject);
    const child = fork(file, {
      execArgv: [...MEMORY_OPTIONS, '--enable-source-maps', ...nodeOptions],
      env: environment(place),
      // Its log is not read here, because that would use the same processors.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.send(task);
    return { answer: answerOf(child, subject), kill: () => kill(child) };
  }

  return {
    directory,
    start,
    measure: async (subject, place, task) => v.parse(Measurement, await (await start(subject, place, task)).answer),
    async database(name) {
      await admin.query(`create database ${name} template migrated`);
      return urlOf(name);
    },
    count: countInterviewers,
    drop: async (name) => void (await admin.query(`drop database ${name} with (force)`)),
    async close() {
      await admin.end();
      await postgres.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function countInterviewers(databaseUrl: string): Promise<number> {
  const client = new Client(databaseUrl);
  await client.connect();
  const { rows } = await client.query<{ count: number }>(
    "select count(*)::integer as count from interviewer where sync_status = 'active'",
  );
  await client.end();
  return rows[0]?.count ?? 0;
}

function environment({ account, databaseUrl }: Place): NodeJS.ProcessEnv {
  return {
    ...process.env,
    DATABASE_URL: databaseUrl,
    RETELL_API_KEY: ACCOUNT_KEY,
    RETELL_BASE_URL: account.url,
    AWS_LAMBDA_FUNCTION_NAME: 'bench',
    POWERTOOLS_SERVICE_NAME: 'bench',
  };
}

async function answerOf(child: ChildProcess, subject: Subject): Promise<unknown> {
  const ended = once(child, 'exit');
  const [first] = await Promise.race([once(child, 'message'), ended.then(([code, signal]) => fail(code ?? signal))]);
  await ended;
  return first;

  function fail(how: unknown): never {
    throw new Error(`The measured process (${subject}) ended without a result: ${String(how)}`);
  }
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
