import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { chown, mkdir, open } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The user that the server's processes run as. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Postgres refuses to run as root, so root runs it as the system's user `postgres`, which is created where it is missing.
 * Returns undefined for other users, who run it themselves.
 */
export async function serverUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  try {
    return await lookUp('postgres');
  } catch {
    await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']);
    return await lookUp('postgres');
  }
}

async function lookUp(name: string): Promise<ServerUser> {
  const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

/** Whether that user can open the path. Asks the kernel, because groups, ACLs and all folders above count. */
export async function canReach(path: string, user: ServerUser | undefined): Promise<boolean> {
  if (user === undefined) return true;
  try {
    await run('test', ['-r', path], { cwd: '/', ...user });
    return true;
  } catch {
    return false;
  }
}

/** Creates the folder for that user. Returns whether that user can open it. */
export async function makeReachable(path: string, user: ServerUser | undefined): Promise<boolean> {
  await mkdir(path, { recursive: true, mode: 0o755 });
  if (user !== undefined) await chown(path, user.uid, user.gid);
  return await canReach(path, user);
}

/**
 * Reads a file in that user's directory. The user could have replaced it by a link to a file of root, so as root only a
 * regular file that belongs to the user is read.
 */
export async function readOwn(path: string, user: ServerUser | undefined): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    const isOwn = found.isFile() && (user === undefined || found.uid === user.uid);
    if (!isOwn) throw new Error(`${path} is not a file of the user postgres`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
