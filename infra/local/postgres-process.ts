import { execFile } from 'node:child_process';
import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether a process with this id exists, whichever user owns it. */
export function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * The process id of the server that runs on this data directory, if any. The pid file is no proof: after a crash or a reboot
 * its id may be another program's, which must not be stopped.
 */
export async function postmasterOf(data: string): Promise<number | undefined> {
  const file = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(file, 10);
  if (!isRunning(pid)) return undefined;
  const command = await commandOf(pid);
  const names = [data, await realpath(data)];
  return names.some((name) => command.includes(name)) ? pid : undefined;
}

/** Whether this process is a running Node. A zombie has no command line. */
export async function isNodeProcess(pid: number): Promise<boolean> {
  return isRunning(pid) && (await commandOf(pid)).includes('node');
}

async function commandOf(pid: number): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // There is no /proc, as on macOS.
    return await run('ps', ['-o', 'command=', '-p', String(pid)]).then(
      ({ stdout }) => stdout,
      () => '',
    );
  }
}
