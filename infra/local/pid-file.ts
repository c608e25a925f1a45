/** The file by which other commands, and another `npm start`, find the running `npm start` of the sample account. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { isNodeProcess } from './postgres-process.ts';

const running = v.object({
  pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
  url: v.pipe(v.string(), v.url()),
  simulator_url: v.pipe(v.string(), v.url()),
  retell_api_key: v.string(),
  webhook_key: v.string(),
});

/** What `npm start` writes to `.local/running.json`. Not written with a real account, whose key stays out of files. */
export type Running = v.InferOutput<typeof running>;

export function runningFile(project: string): string {
  return join(project, '.local', 'running.json');
}

/** Called once the server listens. The file contains keys, so only its owner may read it. */
export async function writeRunning(project: string, running: Running): Promise<void> {
  const path = runningFile(project);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, JSON.stringify(running), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** Called when the server stops. */
export async function removeRunning(project: string): Promise<void> {
  await rm(runningFile(project), { force: true });
}

/** null: `npm start` does not run here on the sample account. */
export async function findRunning(project: string): Promise<Running | null> {
  const text = await readFile(runningFile(project), 'utf8').catch(() => null);
  const found = text === null ? null : parse(text);
  return found !== null && (await isNodeProcess(found.pid)) ? found : null;
}

function parse(text: string): Running | null {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), running), text);
  return result.success ? result.output : null;
}
