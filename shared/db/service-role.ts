/** The role that the service works as, created and updated by a deployment. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type ClientConfig, escapeIdentifier, escapeLiteral } from 'pg';
import { AppError } from '../errors.ts';
import { connectionConfig } from './connection.ts';
import { type ConnectionTarget, sqlStateOf, translate, unreachable } from './database-error.ts';
import { lockSchema, ownerTransaction, ROTATION_MS, refusedStep, withOwnerClient } from './owner-client.ts';
import { qualifiedName, READ_SCHEMA } from './platform-table.ts';
import { isCredentialRefused } from './refusals.ts';
import { firstRow } from './rows.ts';
import { scramVerifier } from './scram-verifier.ts';
import { SQLSTATE } from './sqlstate.ts';

export interface ServiceRoleOptions {
  /** One line for each change of the password, and for each setting that the owner may not change. */
  readonly log?: (line: string) => void;
  /** Milliseconds for which a rotation may be ahead of the secret, so that a refusal proves nothing; 2,000 unless given. */
  readonly rotationMs?: number;
  /** Milliseconds for which a pooler may refuse a new password; 17,000 unless given. */
  readonly acceptanceMs?: number;
}

/** The role's name in the script. */
const SCRIPT_ROLE = 'voice_agent_sync_service';
/** A name that needs no quotes, and that no role of the platform has. */
const ROLE = /^voice_agent_sync_[a-z0-9_]{1,40}$/;
/** PgBouncer refuses a role for 15 s after the server has refused it, and others keep passwords for as long. */
const ACCEPTANCE_MS = 17_000;
/** Few, as Supavisor blocks a role for ten minutes after ten failures. */
const ACCEPTANCE_WAITS = [0, 0.3, 0.7];

/**
 * Creates the role in `serviceUrl`, grants it the rights of service-role.sql, and sets its password if the secret's is
 * refused: a password that is managed elsewhere stays.
 * Any number may run at the same time. `serviceUrl` is read for each try, because a rotation may be in progress.
 * Throws an AppError `migration_failed`, `service_secret_invalid` or `database_unavailable`.
 */
export async function makeServiceRole(
  ownerUrl: string,
  serviceUrl: () => Promise<string>,
  options: ServiceRoleOptions = {},
): Promise<void> {
  const role = await roleIn(await serviceUrl(), ownerUrl);
  await withOwnerClient(ownerUrl, async (owner) => {
    const existed = await ownerTransaction(owner, () => exists(owner, role));
    const signsIn = async () => await tryToConnect(await configOf(await serviceUrl()));
    const accepts = existed && (await acceptsSoon(signsIn, [0, options.rotationMs ?? ROTATION_MS])).ok;
    const password = accepts ? null : passwordOf(await configOf(await serviceUrl()));
    await grantRights(owner, role, { password, log: options.log });
    if (password !== null) options.log?.(`The role ${role} was given the password in its secret`);
    const { schema } = firstRow((await ownerTransaction(owner, () => owner.query<Note>(READ_SCHEMA))).rows);
    const connects = async () => await tryToConnect(await configOf(await serviceUrl()), schema);
    const most = options.acceptanceMs ?? ACCEPTANCE_MS;
    const accepted = await acceptsSoon(
      connects,
      ACCEPTANCE_WAITS.map((part) => part * most),
    );
    if (accepted.ok) return;
    const since = password === null ? '' : ' even after it was set';
    throw invalid(`holds a password that is refused${since}: ${accepted.reason}`);
  });
}

interface Note {
  readonly schema: string;
}

async function exists(owner: Client, role: string): Promise<boolean> {
  const { rowCount } = await owner.query('select from pg_roles where rolname = $1', [role]);
  return rowCount !== 0;
}

interface Grant {
  /** null: the role keeps its own, or has none. */
  readonly password: string | null;
  /** One line for each setting that the owner may not change. */
  readonly log?: ((line: string) => void) | undefined;
}

/**
 * Creates the role if it is missing. Changes nothing if it has powers or members that it should not have, or if its password
 * cannot be set: a role of which another knows the password gets no right. The script comes first, because its refusal
 * names the cause and the remedy.
 */
export async function grantRights(owner: Client, role: string, { password, log }: Grant): Promise<void> {
  const script = await readFile(join(import.meta.dirname, 'service-role.sql'), 'utf8');
  owner.on('notice', ({ severity, message }) => {
    if (severity === 'WARNING' && message !== undefined) log?.(message);
  });
  try {
    await ownerTransaction(owner, async () => {
      // Two sessions that change a role at the same time fail.
      await lockSchema(owner);
      await owner.query(script.replaceAll(SCRIPT_ROLE, role));
      if (password !== null) await setPassword(owner, role, password);
    });
  } catch (cause) {
    throw refusedStep(`The rights of the role ${role} could not be granted, and none were changed`, cause);
  }
}

async function configOf(url: string): Promise<ClientConfig> {
  return await connectionConfig(url, { applicationName: 'voice-agent-sync-migrate' });
}

async function roleIn(serviceUrl: string, ownerUrl: string): Promise<string> {
  const [service, owner] = await Promise.all([configOf(serviceUrl), configOf(ownerUrl)]);
  const role = roleOf(service);
  if (role === roleOf(owner)) throw invalid(`is of the owner's role ${role}`);
  assertServiceRole(role);
  return role;
}

/** Never touches a role of the platform. Throws an AppError `service_secret_invalid`. */
export function assertServiceRole(role: string): void {
  if (!ROLE.test(role)) throw invalid(`is of the role ${JSON.stringify(role)}`);
}

/** A pooler for several projects takes `role.project`. */
function roleOf({ user = '' }: ClientConfig): string {
  return user.split('.')[0] ?? '';
}

type Connected = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Not ok: its user or password is refused. With `schema` it also reads the tables. Throws any other failure. */
async function tryToConnect(config: ClientConfig, schema?: string): Promise<Connected> {
  const service = new Client(config);
  service.on('error', () => {});
  try {
    await service.connect();
    // The user or the password belongs to another database.
    if (schema !== undefined)
      await service.query(`select from ${qualifiedName(schema)}, voice_agent_sync.migration limit 0`);
    return { ok: true };
  } catch (error) {
    // Postgres knows the password by now, and the right to connect is granted later.
    if (schema === undefined && sqlStateOf(error) === SQLSTATE.insufficientPrivilege) return { ok: true };
    // A pooler may accept a connection before the server behind it does.
    if (error instanceof Error && isCredentialRefused(error)) return { ok: false, reason: error.message };
    throw translated(error, config);
  } finally {
    await service.end();
  }
}

/** Retries after each of the waits, until the result is ok. */
async function acceptsSoon(connects: () => Promise<Connected>, waits: readonly number[]): Promise<Connected> {
  let last: Connected = { ok: false, reason: 'it was not tried' };
  for (const wait of waits) {
    await delay(wait);
    last = await connects();
    if (last.ok) break;
  }
  return last;
}

function translated(error: unknown, target: ConnectionTarget): unknown {
  const translation = translate(error, target);
  return translation instanceof AppError ? translation : unreachable(error, target);
}

function passwordOf({ password }: ClientConfig): string {
  if (typeof password === 'string' && /^[\x20-\x7e]+$/.test(password)) return password;
  throw invalid('holds no password in printable ASCII');
}

async function setPassword(owner: Client, role: string, password: string): Promise<void> {
  try {
    await owner.query(`alter role ${escapeIdentifier(role)} password ${escapeLiteral(scramVerifier(password))}`);
  } catch (cause) {
    throw refusedStep(`The password of the role ${role} could not be changed`, cause);
  }
}

function invalid(why: string): AppError {
  return new AppError({
    status: 503,
    code: 'service_secret_invalid',
    message: `The secret that the functions connect with ${why}.`,
    hint: `It must be of a role of its own whose name begins with voice_agent_sync_, such as ${SCRIPT_ROLE}, with a password in printable ASCII.`,
  });
}
