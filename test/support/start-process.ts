/** `npm start` as its own process, with its output. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bareEnvironment } from './child-environment.ts';

const PROJECT = join(import.meta.dirname, '../..');

export interface StartProcess {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
}

/** With exactly this environment, on a free port. */
export function startProcess(env: Readonly<Record<string, string>>, cwd = PROJECT): StartProcess {
  const child = spawn(process.execPath, ['infra/local/start.ts'], {
    cwd,
    env: { ...bareEnvironment(), PORT: '0', ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'close').then(() => child.exitCode);
  return { child, output: () => output, ended };
}

/** Resolves once the output holds the text; rejects when the process ends without it. */
export async function says({ child, output, ended }: StartProcess, text: string): Promise<void> {
  while (!output().includes(text)) {
    const stopped = await Promise.race([once(child.stdout ?? child, 'data').then(() => false), ended.then(() => true)]);
    if (stopped && !output().includes(text))
      throw new Error(`It ended without saying ${JSON.stringify(text)}:\n${output()}`);
  }
}

/** The project's own files in a separate folder, so that a running `npm start` is not affected. */
export async function cloneProject(): Promise<string> {
  const clone = await mkdtemp(join(tmpdir(), 'voice-agent-sync-'));
  // If root runs this, the server runs as another user, who must be able to open this folder.
  await chmod(clone, 0o755);
  for (const name of ['infra', 'functions', 'shared', 'package.json']) {
    await cp(join(PROJECT, name), join(clone, name), { recursive: true });
  }
  await symlink(join(PROJECT, 'node_modules'), join(clone, 'node_modules'));
  return clone;
}
