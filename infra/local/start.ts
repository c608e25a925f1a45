/** `npm start`: the whole system on one machine. */
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { handler as audit } from '../../functions/audit/index.ts';
import { handler as cleanup } from '../../functions/cleanup/index.ts';
import { buildConsoleAssets, LOCAL_ASSETS } from '../../functions/console/build-assets.ts';
import { handler as consolePage } from '../../functions/console/index.ts';
import { handler as scheduledSync } from '../../functions/scheduled-sync/index.ts';
import { handler as sync } from '../../functions/sync/index.ts';
import { handler as webhook } from '../../functions/webhook/index.ts';
import type { ScheduledSyncResponse } from '../../shared/api/scheduled-sync.ts';
import { type Config, ConfigError, loadConfig } from '../../shared/config.ts';
import { migrate, type TableInUse } from '../../shared/db/migrate.ts';
import { AppError } from '../../shared/errors.ts';
import { onlyErrors } from '../../shared/log.ts';
import { redact, withoutCredentials } from '../../shared/redact.ts';
import { composeServices, provideServices, type Services } from '../../shared/services.ts';
import { scheduledSync as syncAndAudit } from '../../shared/sync/scheduled-sync.ts';
import { readSyncStateOrUnknown } from '../../shared/sync/status.ts';
import { flushWebhookEvents } from '../../shared/sync/webhooks.ts';
import { visibleSentence } from '../../shared/visible-text.ts';
import { localEventPublisher } from './invoke-scheduled-sync.ts';
import { LAMBDA_MS } from './lambda-context.ts';
import { type LocalToken, localToken, TOKEN_FILE } from './local-token.ts';
import { removeRunning, writeRunning } from './pid-file.ts';
import { startSchedule } from './schedule.ts';
import { startServer } from './server.ts';
import { type SampleAccount, startPostgres, startRetell } from './start-dependencies.ts';
import { type StartedToken, startSummary } from './start-summary.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const HANDLERS = { sync, audit, cleanup, webhook, 'scheduled-sync': scheduledSync, console: consolePage };

/** Stops what was started, in reverse order. */
type Stops = (() => Promise<void>)[];

async function start(stops: Stops): Promise<string> {
  const given = loadConfig();
  const retell = await startRetell(PROJECT, given);
  stops.unshift(() => retell.stop());
  const postgres = await startPostgres(PROJECT, given);
  stops.unshift(() => postgres.stop());
  const token = retell.sample === null && given.authToken === null ? await localToken(PROJECT) : null;
  const authToken = token === null ? given.authToken : ({ kind: 'value', value: token.value } as const);
  const database = { kind: 'value', value: postgres.url } as const;
  const config: Config = { ...given, ...retell.settings, database, authToken };
  const services = compose(config);
  stops.unshift(() => services.close());
  // First, so that a wrong key leaves the platform's database as it was.
  await services.retell.session({ deadline: Date.now() + 20_000 }).checkKey();
  const table = await migrateInto(postgres.url, config);
  buildConsoleAssets(LOCAL_ASSETS);
  const server = await startServer({ port: config.port, handlers: HANDLERS });
  stops.unshift(() => server.close());
  const { url } = server;
  if (retell.sample !== null) {
    await announceSample(services, url, retell.sample);
    stops.unshift(() => removeRunning(PROJECT));
  }
  const first = await firstSync(services, url);
  stops.unshift(startFlushing(services));
  const schedule = startSchedule(config.schedule, services.log);
  stops.unshift(() => schedule.stop());
  return startSummary({
    url,
    retell: retell.description,
    postgres: postgres.description,
    table,
    psql: postgres.psql,
    schedule: config.schedule.kind === 'off' ? 'off' : config.schedule.text,
    token: config.authToken === null ? null : describeToken(token),
    sample: retell.sample !== null,
    state: await readSyncStateOrUnknown(services),
    first,
  });
}

/** On Lambda the next event writes pending counts of webhooks; here a person may be waiting for them. Returns its stop. */
function startFlushing(services: Services): () => Promise<void> {
  const timer = setInterval(() => void flushWebhookEvents(services), 10_000).unref();
  return async () => clearInterval(timer);
}

/** For `npm run sample`, which acts on the sample account. */
async function announceSample(services: Services, url: string, sample: SampleAccount): Promise<void> {
  const { simulator_url, api_key } = sample;
  const [webhook_key = api_key] = await services.webhookKeys();
  await writeRunning(PROJECT, { pid: process.pid, url, simulator_url, retell_api_key: api_key, webhook_key });
}

/** Returns the table that is used. */
async function migrateInto(url: string, { createInterviewerTable }: Config): Promise<TableInUse> {
  const tables: TableInUse[] = [];
  await migrate(url, {
    createTable: createInterviewerTable,
    onTable: (table) => tables.push(table),
    warn: (line) => console.warn(visibleSentence(line)),
  });
  const [table] = tables;
  if (table === undefined) throw new Error('The migrations name the table that they use');
  return table;
}

function describeToken(own: LocalToken | null): StartedToken {
  if (own === null) {
    const pipe = `printf 'Authorization: Bearer %s' "$SYNC_AUTH_TOKEN" |`;
    return { curl: `${pipe} curl -H @-`, description: 'SYNC_AUTH_TOKEN' };
  }
  const shown = own.created ? `${own.value} (shown this once; kept in ${TOKEN_FILE})` : `in ${TOKEN_FILE}`;
  return { curl: `curl -H @${TOKEN_FILE}`, description: shown };
}

function compose(config: Config): Services {
  const composed = composeServices(config);
  const services = { ...composed, events: localEventPublisher(composed.log) };
  provideServices(services);
  return services;
}

const PATIENCE_MS = 2_000;

/** The summary replaces its log lines. */
async function firstSync(services: Services, url: string): Promise<ScheduledSyncResponse | string> {
  const quiet = { ...services, log: onlyErrors(services.log) };
  const end = performance.now() + LAMBDA_MS;
  const remainingMs = () => end - performance.now();
  const patience = setTimeout(
    () => console.log(`Reading the account takes a while; ${url}/ shows the progress.`),
    PATIENCE_MS,
  );
  try {
    const request = { trigger: 'start', full: false, confirm_orphans: false, remainingMs } as const;
    return (await syncAndAudit(quiet, request)).report;
  } catch (error) {
    return sentence(error);
  } finally {
    clearTimeout(patience);
  }
}

/** One line: what happened, and what to do. It may quote a setting, or a name of the database. */
function sentence(error: unknown): string {
  if (error instanceof AppError) return visibleSentence(withoutCredentials(`${error.message} ${error.hint}`));
  return visibleSentence(withoutCredentials(error instanceof Error ? error.message : String(error)));
}

/** A sync can take minutes and survives an interruption: what has not stopped by then ends with the process. */
const STOP_MS = 10_000;

async function stopAll(stops: Stops): Promise<void> {
  const giveUp = delay(STOP_MS, undefined, { ref: false });
  for (const stop of stops.splice(0)) {
    await Promise.race([stop(), giveUp]).catch((error: unknown) => console.error(sentence(error)));
  }
}

async function main(): Promise<void> {
  const stops: Stops = [];
  let stopping: Promise<void> | null = null;
  const stopOnce = () => (stopping ??= stopAll(stops));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // The terminal sends Ctrl-C to npm as well, which passes it on: the second one must not kill.
    process.on(signal, () => {
      if (stopping === null) console.log('\nStopping ...');
      void stopOnce().then(() => process.exit(0));
    });
  }
  try {
    console.log(await start(stops));
  } catch (error) {
    if (stopping !== null) return;
    console.error(`voice-agent-sync did not start: ${sentence(error)}`);
    if (!(error instanceof AppError || error instanceof ConfigError) && process.env['LOG_LEVEL'] === 'debug')
      console.error(redact(error, withoutCredentials));
    await stopOnce();
    process.exit(1);
  }
}

await main();
