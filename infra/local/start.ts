/** `npm start`: the whole system on one machine. */
import { join } from 'node:path';
import { buildConsoleAssets, LOCAL_ASSETS } from '../../functions/console/build-assets.ts';
import { type Config, loadConfig } from '../../shared/config.ts';
import { composeServices, provideServices, type Services } from '../../shared/services.ts';
import { readSyncStateOrUnknown } from '../../shared/sync/status.ts';
import { firstSync } from './first-sync.ts';
import { HANDLERS } from './handlers.ts';
import { localEventPublisher } from './invoke-scheduled-sync.ts';
import { localToken, tokenUse } from './local-token.ts';
import { removeRunning, writeRunning } from './pid-file.ts';
import { runUntilSignal, type Stops } from './run-until-signal.ts';
import { startFlushing, startSchedule } from './schedule.ts';
import { startServer } from './server.ts';
import { migrateDatabase, type SampleAccount, startPostgres, startRetell } from './start-dependencies.ts';
import { startSummary } from './start-summary.ts';

const PROJECT = join(import.meta.dirname, '../..');

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
  // Checked first, so that a wrong key leaves the platform's database unchanged.
  await services.retell.session({ deadline: Date.now() + 20_000 }).checkKey();
  const table = await migrateDatabase(postgres.url, config);
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
    token: config.authToken === null ? null : tokenUse(token),
    sample: retell.sample !== null,
    state: await readSyncStateOrUnknown(services),
    first,
  });
}

function compose(config: Config): Services {
  const composed = composeServices(config);
  const services = { ...composed, events: localEventPublisher(composed.log) };
  provideServices(services);
  return services;
}

/** For `npm run sample`, which acts on the sample account. */
async function announceSample(services: Services, url: string, sample: SampleAccount): Promise<void> {
  const { simulator_url, api_key } = sample;
  const [webhook_key = api_key] = await services.webhookKeys();
  await writeRunning(PROJECT, { pid: process.pid, url, simulator_url, retell_api_key: api_key, webhook_key });
}

await runUntilSignal(start);
