/** How other commands find the server that `npm start` runs. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as v from 'valibot';

const running = v.object({
  pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
  url: v.pipe(v.string(), v.url()),
  simulator_url: v.nullish(v.pipe(v.string(), v.url())),
  retell_api_key: v.string(),
  webhook_key: v.string(),
});

/** What `npm start` writes to `.local/running.json`; without `simulator_url` it works on a real account. */
export type Running = v.InferOutput<typeof running>;

export function runningFile(project: string): string {
  return join(project, '.local', 'running.json');
}

/** Told once the server answers. The file holds keys, so only its owner may read it. */
export async function writeRunning(project: string, running: Running): Promise<void> {
  const path = runningFile(project);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, JSON.stringify(running), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** Told when the server stops. */
export async function removeRunning(project: string): Promise<void> {
  await rm(runningFile(project), { force: true });
}

/** Throws an Error of one sentence when nothing runs. */
export async function readRunning(project: string): Promise<Running> {
  const text = await readFile(runningFile(project), 'utf8').catch(() => null);
  const found = text === null ? null : parse(text);
  if (found === null || !isAlive(found.pid))
    throw new Error('Nothing is running here: start it with `npm start` first.');
  return found;
}

function parse(text: string): Running | null {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), running), text);
  return result.success ? result.output : null;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive too.
    return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EPERM';
  }
}
