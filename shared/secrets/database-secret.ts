/**
 * A secret that says how to connect to Postgres: a connection string, or JSON as RDS or the Secrets Manager console
 * writes it, or with other names. What it lacks comes from settings, which also take precedence over it.
 */
import * as v from 'valibot';
import type { StoredSecret } from '../config.ts';
import { variableOf } from '../database-address.ts';
import { refusedParameter } from '../db/connection-parameters.ts';
import { type ConnectionParameters, formatConnectionString, parseConnectionString } from '../db/connection-string.ts';

export type SecretValue =
  | {
      readonly ok: true;
      readonly value: string;
      /** Parts of it that also must not be logged. */
      readonly hidden: readonly string[];
    }
  /** `why` is the rest of a sentence and shows nothing of the text; `hint` is a sentence. */
  | { readonly ok: false; readonly why: string; readonly hint: string };

type Parsed =
  | { readonly ok: true; readonly parameters: ConnectionParameters; readonly managed: boolean }
  | { readonly ok: false; readonly why: string };

const JsonSecret = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown()));
const Value = v.pipe(
  v.union([v.string(), v.number()]),
  v.transform(String),
  v.check((text) => text.trim() !== ''),
);

export function databaseSecret(source: StoredSecret, text: string): SecretValue {
  const parsed = text.startsWith('{') ? parseJson(text) : parseText(text);
  if (!parsed.ok) return { ...parsed, hint: correctHint(source) };
  const parameters = new Map([...parsed.parameters, ...(source.database ?? [])]);
  const refusal = refusedParameter(parameters);
  if (refusal !== null) return { ok: false, why: refusal, hint: correctHint(source) };
  const missing = REQUIRED.find(
    ({ parameter, unless = parameter }) => !parameters.has(parameter) && !parameters.has(unless),
  );
  if (missing !== undefined)
    return { ok: false, why: `names no ${missing.noun}`, hint: missingHint(missing, source, parsed.managed) };
  const password = parameters.get('password');
  return { ok: true, value: formatConnectionString(parameters), hidden: password === undefined ? [] : [password] };
}

interface Required {
  readonly parameter: string;
  readonly noun: string;
  /** The usual key for it in JSON. */
  readonly key: string;
  /** It is not needed with this parameter. */
  readonly unless?: string;
}

const REQUIRED: readonly Required[] = [
  { parameter: 'host', noun: 'host', key: 'host' },
  { parameter: 'user', noun: 'user', key: 'username' },
  { parameter: 'password', noun: 'password', key: 'password', unless: 'sslcert' },
  { parameter: 'dbname', noun: 'database', key: 'dbname' },
];

/** A manual change of a secret that RDS manages would be lost at its next rotation, or would lock everyone out. */
function isManagedByRds({ arn }: StoredSecret): boolean {
  return /(^|:secret:)rds!/.test(arn);
}

function missingHint({ parameter, key }: Required, source: StoredSecret, managed: boolean): string {
  const variable = variableOf(parameter);
  const setting = variable === parameter ? null : `set ${variable} (on AWS: the deployment's settings)`;
  if (managed || isManagedByRds(source))
    return setting === null ? NOT_FOR_US : `Leave it as it is, because RDS manages it, and ${setting}.`;
  return setting === null ? `Add ${key} to it.` : `Add ${key} to it, or ${setting}.`;
}

const NOT_FOR_US = 'RDS manages it, so leave it as it is, and name a secret with a user and a password.';

function correctHint(source: StoredSecret): string {
  if (isManagedByRds(source)) return NOT_FOR_US;
  return 'It may hold postgres://user:password@host:5432/database, or JSON with host, port, username, password and dbname.';
}

function parseText(text: string): Parsed {
  if (text === '') return { ok: false, why: 'holds no value yet' };
  const parsed = parseConnectionString(text);
  return parsed.ok ? { ...parsed, managed: false } : parsed;
}

/**
 * What people call each parameter: by letters alone, without the name of the kind of database (`DB_HOST`,
 * `postgresUser`).
 */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  host: ['host', 'hostname', 'server', 'address', 'endpoint'],
  port: ['port'],
  user: ['user', 'username', 'login', 'masterusername'],
  password: ['password', 'pass', 'passwd', 'pwd', 'masterpassword', 'masteruserpassword'],
  dbname: ['dbname', 'database', 'databasename', 'db'],
  schema: ['schema', 'searchpath', 'currentschema'],
};
const URL_KEYS = new Set(['url', 'uri', 'dsn', 'connectionstring', 'connectionurl', 'connectionuri']);
const KIND = /^(postgresql|postgres|database|pg|db)/;

function parseJson(text: string): Parsed {
  const json = v.safeParse(JsonSecret, text);
  if (!json.success) return { ok: false, why: 'is not JSON, although it begins with {' };
  const { engine } = json.output;
  if (typeof engine === 'string' && !/postgres/i.test(engine))
    return { ok: false, why: 'is of another engine than Postgres' };
  const entries = Object.entries(json.output);
  const named = entries.flatMap(([key, value]) => fieldOf(key, value));
  const hasAddress = named.some(({ parameter }) => parameter === null || parameter === 'host');
  const fields = hasAddress ? named : [...named, ...entries.flatMap(([, value]) => urlIn(value))];
  const keys = Object.keys(json.output).sort();
  return merged(fields, keys.join() === 'password,username');
}

interface Field {
  /** null: a whole connection string. */
  readonly parameter: string | null;
  readonly value: string;
}

/** Empty for a key that says nothing about the connection, such as `dbInstanceIdentifier`. */
function fieldOf(key: string, value: unknown): Field[] {
  const text = v.safeParse(Value, value);
  if (!text.success) return [];
  const letters = key.toLowerCase().replaceAll(/[^a-z]/g, '');
  const short = letters.replace(KIND, '');
  if (URL_KEYS.has(letters) || URL_KEYS.has(short)) return [{ parameter: null, value: text.output }];
  const isCalled = (names: readonly string[]) =>
    names.includes(letters) || (short !== letters && names.includes(short));
  const [parameter] = Object.entries(KEYS).find(([, names]) => isCalled(names)) ?? [];
  if (parameter !== undefined) return [{ parameter, value: text.output }];
  return /^ssl[a-z]+$|^options$/.test(key) ? [{ parameter: key, value: text.output }] : [];
}

/** Under any key: the value itself shows that it is a URL. */
function urlIn(value: unknown): Field[] {
  return typeof value === 'string' && /^postgres(ql)?:\/\//i.test(value.trim()) ? [{ parameter: null, value }] : [];
}

function merged(fields: readonly Field[], managed: boolean): Parsed {
  const parameters = new Map<string, string>();
  for (const { parameter, value } of fields) {
    const parsed =
      parameter === null
        ? parseConnectionString(value)
        : { ok: true as const, parameters: new Map([[parameter, value]]) };
    if (!parsed.ok) return parsed;
    for (const [name, found] of parsed.parameters) {
      if ((parameters.get(name) ?? found) !== found) return { ok: false, why: `names two values for ${name}` };
      parameters.set(name, found);
    }
  }
  return { ok: true, parameters, managed };
}
