/** What a secret may contain, and the one value that it means. */
import * as v from 'valibot';
import type { StoredSecret } from '../config.ts';
import { AUTH_TOKEN, ENVIRONMENT, SECRET_PLACEHOLDER } from '../contract.ts';
import { commaList } from '../text.ts';
import { databaseSecret, type SecretValue } from './database-secret.ts';

export function parseSecret(source: StoredSecret, text: string): SecretValue {
  const trimmed = text.trim();
  if (source.database !== undefined) return databaseSecret(source, trimmed === SECRET_PLACEHOLDER ? '' : trimmed);
  return trimmed.startsWith('{') ? keyInJson(source, trimmed) : key(source, trimmed);
}

function unusable({ arn }: StoredSecret, why: string): SecretValue {
  return {
    ok: false,
    why,
    hint: `Write it with: aws secretsmanager put-secret-value --secret-id ${arn} --secret-string file://<a file that holds it>`,
  };
}

/** Webhook keys are a list. */
function key(source: StoredSecret, text: string): SecretValue {
  if (text === '' || text === SECRET_PLACEHOLDER) return unusable(source, 'holds no value yet');
  if (source.variable === ENVIRONMENT.syncAuthTokenSecretArn && !AUTH_TOKEN.pattern.test(text))
    return unusable(source, AUTH_TOKEN.rule);
  return { ok: true, value: text, hidden: commaList(text) };
}

const JsonSecret = v.pipe(
  v.string(),
  v.parseJson(),
  v.record(v.string(), v.pipe(v.string(), v.trim(), v.minLength(1))),
);

/** JSON of the console's key/value pairs: the value of the only key, or of `api_key`. */
function keyInJson(source: StoredSecret, text: string): SecretValue {
  const json = v.safeParse(JsonSecret, text);
  if (!json.success) return unusable(source, 'is not JSON of keys and texts, although it begins with {');
  const entries = Object.entries(json.output);
  const called = entries.find(([name]) => /api_?key$/i.test(name));
  const [, value] = called ?? (entries.length === 1 ? (entries[0] ?? []) : []);
  return value === undefined ? unusable(source, 'has several keys, none of which is api_key') : key(source, value);
}
