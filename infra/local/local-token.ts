/** A generated token, which keeps other users of the machine away from a server that acts on a real account. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** In the form that `curl -H @file` reads, so that no command line contains the token. */
const HEADER = /^Authorization: Bearer ([\w-]{43})\n$/;

export const TOKEN_FILE = '.local/authorization';

export interface LocalToken {
  readonly value: string;
  /** Created by this start: people have not seen it yet. */
  readonly created: boolean;
}

/** Kept between starts, so that the page and the command line stay signed in. */
export async function localToken(project: string): Promise<LocalToken> {
  const kept = await readLocalToken(project);
  if (kept !== null) return { value: kept, created: false };
  const value = randomBytes(32).toString('base64url');
  const path = join(project, TOKEN_FILE);
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });
  await writeFile(path, `Authorization: Bearer ${value}\n`, { mode: 0o600, flag: 'wx' });
  return { value, created: true };
}

/** null: missing, or other users could have read or written it. */
export async function readLocalToken(project: string): Promise<string | null> {
  const path = join(project, TOKEN_FILE);
  const file = await stat(path).catch(() => null);
  if (file === null || (process.platform !== 'win32' && (file.mode & 0o77) !== 0)) return null;
  if (process.getuid !== undefined && file.uid !== process.getuid()) return null;
  return HEADER.exec(await readFile(path, 'utf8'))?.[1] ?? null;
}

export interface TokenUse {
  /** The command that sends the token without showing it: every user of the machine sees a command line. */
  readonly curl: string;
  readonly description: string;
}

/** How people send the token; `own`: the project's, null: that of SYNC_AUTH_TOKEN. */
export function tokenUse(own: LocalToken | null): TokenUse {
  if (own === null) {
    const pipe = `printf 'Authorization: Bearer %s' "$SYNC_AUTH_TOKEN" |`;
    return { curl: `${pipe} curl -H @-`, description: 'SYNC_AUTH_TOKEN' };
  }
  const shown = own.created ? `${own.value} (shown this once; kept in ${TOKEN_FILE})` : `in ${TOKEN_FILE}`;
  return { curl: `curl -H @${TOKEN_FILE}`, description: shown };
}
