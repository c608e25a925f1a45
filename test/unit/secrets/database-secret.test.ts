/** Names that a JSON secret of the database may have for its parts. */
import { expect, test } from '@jest/globals';
import type { StoredSecret } from '../../../shared/config.ts';
import { parseConnectionString } from '../../../shared/db/connection-string.ts';
import { databaseSecret } from '../../../shared/secrets/database-secret.ts';

const SOURCE: StoredSecret = { kind: 'arn', arn: 'arn:secret', variable: 'DATABASE_SECRET_ARN', database: new Map() };
const URL = 'postgres://u:p@h:5433/d';
const FIELDS = { host: 'h', port: 5433, username: 'u', password: 'p', dbname: 'd' };

function parametersOf(fields: object): object {
  const secret = databaseSecret(SOURCE, JSON.stringify(fields));
  const parsed = parseConnectionString(secret.ok ? secret.value : '');
  return parsed.ok ? Object.fromEntries(parsed.parameters) : secret;
}

test.each([
  ['a URL under a name of its own', { SUPABASE_POOLER: URL, region: 'eu' }],
  ["RDS's names of the master user", { host: 'h', port: 5433, masterUsername: 'u', masterPassword: 'p', dbname: 'd' }],
  ['a URL of something else beside its parts', { ...FIELDS, ANALYTICS: 'postgres://other/x' }],
])('[F8] a secret of the database may have %s', (_, fields) => {
  expect(parametersOf(fields)).toEqual({ host: 'h', port: '5433', user: 'u', password: 'p', dbname: 'd' });
});

test.each(['schema', 'search_path', 'DB_SCHEMA', 'currentSchema'])('the schema may be called %s', (key) => {
  expect(parametersOf({ ...FIELDS, [key]: 'foloup' })).toMatchObject({ schema: 'foloup' });
});

test('[F8] two different URLs under unknown names are refused', () => {
  expect(parametersOf({ POOLED: URL.replace('5433', '6543'), DIRECT: URL })).toMatchObject({
    ok: false,
    why: 'names two values for port',
  });
});
