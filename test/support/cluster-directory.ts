import { existsSync, statfsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
/** Bytes; the tests' databases and their log together stay below it. */
const ROOM = 2_000_000_000;

/** A new folder for a cluster, in memory where there is room: most of the time to create a database goes to the disk. */
export function clusterDirectory(): Promise<string> {
  return mkdtemp(join(hasRoom() ? MEMORY : tmpdir(), 'voice-agent-sync-test-'));
}

function hasRoom(): boolean {
  if (!existsSync(MEMORY)) return false;
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize > ROOM;
}
