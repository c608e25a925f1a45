/** What `GET /api/settings` returns. It contains no secret, not even the length of one. */
import * as v from 'valibot';
import type { Endpoints } from './endpoint.ts';
import { type Data, Nothing, Success } from './fields.ts';

export const Setting = v.object({
  name: v.pipe(v.string(), v.description('The environment variable.')),
  value: v.pipe(
    v.nullable(v.union([v.string(), v.number(), v.boolean()])),
    v.description('The value in effect; null if it is not set, and of every secret.'),
  ),
  source: v.pipe(
    v.picklist(['default', 'environment', 'secret', 'elsewhere']),
    v.description(
      'Where it comes from; `secret`: read from Secrets Manager; `elsewhere`: on AWS, given to other functions only.',
    ),
  ),
});
export type Setting = Data<typeof Setting>;

export const DatabaseInUse = v.pipe(
  v.object({
    database: v.pipe(v.string(), v.description('The name of the database.')),
    schema: v.pipe(v.string(), v.description('The schema of the interviewer table.')),
    role: v.pipe(v.string(), v.description('The role that the service works as.')),
    rights: v.pipe(v.array(v.string()), v.description('What the role may do with the interviewer table.')),
    superuser: v.pipe(v.boolean(), v.description('Whether the role is a superuser, which the service does not need.')),
  }),
  v.description('The database, and what the service may do there.'),
);
export type DatabaseInUse = Data<typeof DatabaseInUse>;

export const ChecklistItem = v.object({
  item: v.pipe(
    v.picklist(['api_key', 'database', 'token', 'webhook', 'agent_webhooks', 'schedule', 'alarm_mail']),
    v.description('What is to be set up.'),
  ),
  done: v.pipe(v.nullable(v.boolean()), v.description('null if it is not known yet, or not needed.')),
  optional: v.pipe(v.exactOptional(v.literal(true)), v.description('Present if it is not set up and not needed.')),
  text: v.pipe(v.string(), v.description('What was found, or what to do, in a sentence.')),
  agent_ids: v.pipe(v.array(v.string()), v.description('The agents that it is about.')),
});
export type ChecklistItem = Data<typeof ChecklistItem>;

export const SettingsResponse = v.object({
  success: Success,
  version: v.pipe(v.string(), v.description('The version of the code.')),
  schema_version: v.pipe(v.nullable(v.string()), v.description('The newest migration that is applied.')),
  database: DatabaseInUse,
  webhook_url: v.pipe(v.string(), v.description("The URL to enter as the account's webhook in Retell.")),
  settings: v.pipe(v.array(Setting), v.description('The settings in effect.')),
  checklist: v.pipe(v.array(ChecklistItem), v.description('The set-up, step by step.')),
});
export type SettingsResponse = Data<typeof SettingsResponse>;

const EXAMPLE = {
  success: true,
  version: '3.0.0',
  schema_version: '0014-changes-of-a-run',
  database: {
    database: 'platform',
    schema: 'public',
    role: 'voice_agent_sync_service',
    rights: ['select', 'insert', 'update', 'delete'],
    superuser: false,
  },
  webhook_url: 'https://id.execute-api.us-east-1.amazonaws.com/api/retell-webhook',
  settings: [
    { name: 'SYNC_SCHEDULE', value: 'rate(5 minutes)', source: 'default' },
    { name: 'SYNC_AUTH_TOKEN', value: null, source: 'secret' },
  ],
  checklist: [{ item: 'api_key', done: true, text: 'Retell accepts the key: 12 agents in the account', agent_ids: [] }],
} as const;

export const settingsEndpoints = {
  settings: {
    method: 'GET',
    path: '/api/settings',
    function: 'console',
    access: 'token',
    dependsOn: ['database'],
    tag: 'Console',
    summary: 'The settings in effect and the set-up checklist, without a request to Retell',
    request: { query: Nothing },
    responses: {
      200: { description: 'Settings and checklist.', schema: SettingsResponse, example: EXAMPLE },
    },
    errors: {},
  },
} as const satisfies Endpoints;
