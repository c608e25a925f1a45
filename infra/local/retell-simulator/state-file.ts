/** Keeps the account in a JSON file between starts. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import type { Account, StoredAgent } from './account.ts';

const settings = v.looseObject({ voice_id: v.string(), response_engine: v.looseObject({ type: v.string() }) });
const version = v.object({
  version: v.number(),
  is_published: v.boolean(),
  base_version: v.nullable(v.number()),
  last_modification_timestamp: v.number(),
  settings,
});
const state = v.object({
  agents: v.array(
    v.object({
      agent_id: v.string(),
      seq: v.number(),
      channel: v.picklist(['voice', 'chat']),
      user_modified_timestamp: v.number(),
      versions: v.pipe(v.array(version), v.minLength(1)),
      tags: v.record(v.string(), v.number()),
    }),
  ),
});

/** Returns the agents in the file; null if there is no file. Throws if it contains something else. */
export async function loadState(path: string): Promise<readonly StoredAgent[] | null> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const saved = parseJson(text);
  if (isState(saved)) return saved.agents;
  throw new Error(`${path} does not hold a simulated Retell account: delete it to start with the sample agents again.`);
}

/** Writes after every change, several changes at once. Returns a function that waits until everything is written. */
export function keepState(account: Account, path: string): () => Promise<void> {
  let dirty = false;
  let writing: Promise<void> | null = null;

  async function write(): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    while (dirty) {
      dirty = false;
      // Renamed, so that a crash leaves the old file or the new one.
      await writeFile(`${path}.new`, JSON.stringify({ agents: account.inOrder() }), { mode: 0o600 });
      await rename(`${path}.new`, path);
    }
  }

  account.onChange(() => {
    dirty = true;
    writing ??= new Promise((resolve) => setImmediate(resolve)).then(write).finally(() => {
      writing = null;
    });
    writing.catch((error: unknown) => console.error(`The simulated account was not saved: ${String(error)}`));
  });
  return async () => {
    await writing;
  };
}

function isState(saved: unknown): saved is { agents: StoredAgent[] } {
  return v.is(state, saved);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
