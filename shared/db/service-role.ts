/** The role that the service works as, made and kept by a deployment. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type ClientConfig, escapeIdentifier, escapeLiteral } from 'pg';
import { AppError } from '../errors.ts';
import { connectionConfig } from './connection.ts';
import { sqlStateOf, translate, unreachable } from './database-error.ts';
import { ROTATION_MS, refusedStep, SCHEMA_LOCK, withOwnerClient } from './owner-client.ts';
import { scramVerifier } from './scram-verifier.ts';
import { SQLSTATE } from './sqlstate.ts';

export interface ServiceRoleOptions {
  /** One line for each change of the password. */
  readonly log?: (line: string) => void;
  /** How long a rotation may be ahead of the secret, in which a refusal proves nothing; 2,000 unless given. */
  readonly rotationMs?: number;
}

/** As the script calls it. */
const SCRIPT_ROLE = 'voice_agent_sync_service';
/** Needs no quotes, and is no role of the platform's. */
const ROLE = /^voice_agent_sync_[a-z0-9_]{1,40}$/;

/**
 * Makes the role that `serviceUrl` names, gives it the rights of service-role.sql, and its password where it differs.
 * Any number may run at the same time. `serviceUrl` is asked for each try, for a rotation may be under way.
 * Throws an AppError `migration_failed`, `service_secret_invalid` or `database_unavailable`.
 */
export async function makeServiceRole(
  ownerUrl: string,
  serviceUrl: () => Promise<string>,
  options: ServiceRoleOptions = {},
): Promise<void> {
  const role = await roleIn(await serviceUrl(), ownerUrl);
  await withOwnerClient(ownerUrl, async (owner) => {
    const isNew = await grantRights(owner, role);
    if (!isNew) {
      if (await canConnect(await configOf(await serviceUrl()))) return;
      await delay(options.rotationMs ?? ROTATION_MS);
    }
    await letIn(owner, role, serviceUrl, options);
  });
}

/** Whether it made the role. */
export async function grantRights(owner: Client, role: string): Promise<boolean> {
  const script = await readFile(join(import.meta.dirname, 'service-role.sql'), 'utf8');
  try {
    await owner.query('select pg_advisory_lock($1)', [SCHEMA_LOCK]);
    const { rowCount } = await owner.query('select from pg_roles where rolname = $1', [role]);
    // Several statements in one message are one transaction.
    await owner.query(script.replaceAll(SCRIPT_ROLE, role));
    return rowCount === 0;
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

/** No role of the platform's is ever touched. Throws an AppError `service_secret_invalid`. */
export function assertServiceRole(role: string): void {
  if (!ROLE.test(role)) throw invalid(`is of the role ${JSON.stringify(role)}`);
}

/** A pooler for several projects takes `role.project`. */
function roleOf({ user = '' }: ClientConfig): string {
  return user.split('.')[0] ?? '';
}

/** Sets the password only where it is refused: a role whose password is managed elsewhere keeps it. */
async function letIn(
  owner: Client,
  role: string,
  serviceUrl: () => Promise<string>,
  { log }: ServiceRoleOptions,
): Promise<void> {
  const service = await configOf(await serviceUrl());
  if (await canConnect(service)) return;
  await setPassword(owner, role, service);
  log?.(`The role ${role} was given the password in its secret`);
  if (!(await canConnect(await configOf(await serviceUrl()))))
    throw invalid('holds a password that the database refuses even after it was set');
}

/** Whether the service can connect. Throws when it is not its password that keeps it out. */
async function canConnect(config: ClientConfig): Promise<boolean> {
  const service = new Client(config);
  service.on('error', () => {});
  try {
    await service.connect();
  } catch (error) {
    if (sqlStateOf(error) === SQLSTATE.invalidPassword) return false;
    throw unreachable(error, config);
  }
  try {
    // It is another database that lacks the one or the other.
    await service.query('select from interviewer, voice_agent_sync.migration limit 0');
    return true;
  } catch (error) {
    throw translate(error, config);
  } finally {
    await service.end();
  }
}

async function setPassword(owner: Client, role: string, { password }: ClientConfig): Promise<void> {
  if (typeof password !== 'string' || !/^[\x20-\x7e]+$/.test(password)) {
    throw invalid('holds no password, or one that is not in printable ASCII');
  }
  try {
    await owner.query(`alter role ${escapeIdentifier(role)} password ${escapeLiteral(scramVerifier(password))}`);
  } catch (cause) {
    throw refusedStep(`The password of the role ${role} could not be changed`, cause);
  }
}

function invalid(why: string): AppError {
  return new AppError(
    503,
    'service_secret_invalid',
    `The secret that the functions connect with ${why}.`,
    `It must be of a role of its own whose name begins with voice_agent_sync_, such as ${SCRIPT_ROLE}, with a password in printable ASCII.`,
  );
}
