/** Run by log.test.ts in a separate process, whose output is then read: `write-log.ts json|text`. */
import { AppError } from '../../shared/errors.ts';
import { lambdaHandler } from '../../shared/http/handler.ts';
import { createLog } from '../../shared/log.ts';
import { httpEvent, testContext } from '../support/events.ts';
import { echoRoutes } from './http/stack.ts';

const CANARY = 'canary-5ecret/"+quoted"';
const format = process.argv[2] === 'json' ? 'json' : 'text';
const log = createLog({ format, level: 'debug', secrets: () => [CANARY, ''] });

const database = Object.assign(new Error('duplicate key value violates unique constraint "one_row"'), {
  code: '23505',
  detail: 'Key (name)=(canary-row) already exists.',
  constraint: 'one_row',
  client: { password: 'canary-client' },
});

log.debug(`A message with ${CANARY} in it`, {
  in_json: JSON.stringify({ x: CANARY }),
  encoded: encodeURIComponent(CANARY),
});
log.info('Keys of any case at any depth', {
  Authorization: 'canary-1',
  deep: [{ API_KEY: 'canary-2', apiKey: 'canary-3', 'x-retell-signature': 'canary-4', dbPassword: ['canary-5'] }],
  connectionString: 'canary-6',
  Cookie: 'canary-7',
  body: 'canary-8',
  transcript_object: [{ words: 'canary-9' }],
  map: new Map([['session_token', 'canary-10']]),
  recording_url: 'https://example.com/canary-11',
  call: { from_number: '+1 canary-12', to_number: '+1 canary-13' },
  private_key: 'canary-14',
  credential: { id: 'canary-15' },
  rawBody: 'canary-16',
  [CANARY]: 1,
});
log.warn('Texts', {
  url: 'postgres://user:canary-pa:ss@word@db.example.com:5432/app?sslmode=require',
  header: 'sent Authorization: Bearer canary.token and failed',
  proxy: 'sent Proxy-Authorization: Basic canary= and failed',
  pairs: 'password=canary-a; pwd=canary-b&secret=canary-c, api_key=canary-d signature=canary-e',
  query: 'https://example.com/?access_token=canary-query&page=2',
  bytes: Buffer.from('canary-bytes'),
});
log.error('Errors', {
  error: new AppError({
    status: 503,
    code: 'x',
    message: 'Failed.',
    hint: 'Wait.',
    cause: database,
    details: { note: 'canary-details' },
  }),
  middy: new Error('Unprocessable', { cause: { package: '@middy/x', data: 'canary-raw-body' } }),
  client: new Error('Refused', {
    cause: {
      detail: 'canary-carried-detail',
      request: { path: '/canary-carried-request' },
      response: { text: 'canary-carried-response' },
      config: { url: 'https://example.com/canary-carried-config' },
    },
  }),
  several: new AggregateError([new Error(`no connection with ${CANARY}`)], 'all failed'),
});
try {
  JSON.parse('canary-json');
} catch (error) {
  log.error('Not JSON', { error });
}
const circular: Record<string, unknown> = { name: 'loop' };
circular['self'] = circular;
log.with({ request_id: 'r-1', secret: 'canary-bound' }).info('Odd values\nforged line', {
  circular,
  big: 1n,
  date: new Date(0),
  nothing: undefined,
  terminal: '\u001b[31mred\u009b',
  unseen: 'Bob\u202egnp.\u200b\u{e0041}\ufeff',
  level: 'own',
  trap: Object.defineProperty({}, 'x', { enumerable: true, get: () => JSON.parse('canary-getter') }),
});

const handler = lambdaHandler({
  services: () => ({ log, authToken: () => Promise.resolve(CANARY), metrics: { record: () => undefined } }),
  routes: echoRoutes(),
});
for (const authorization of [`Bearer ${CANARY}`, 'Bearer canary-wrong-token']) {
  const headers = { authorization, 'content-type': 'application/json' };
  await handler(httpEvent({ method: 'POST', path: '/api/sync-retell-agents', headers, body: 'canary' }), testContext());
}
