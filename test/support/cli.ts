/** The command line as a function and as a process, and a service for it to call. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach } from '@jest/globals';
import { runCli } from '../../infra/cli/run-cli.ts';
import { HANDLERS } from '../../infra/local/handlers.ts';
import { type RunningServer, startServer } from '../../infra/local/server.ts';
import { bareEnvironment } from './child-environment.ts';

const PROJECT = join(import.meta.dirname, '../..');

export interface CliResult {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

/** However long a request takes on a busy machine. */
const NO_PROGRESS = { patienceMs: 2 ** 31 - 1, everyMs: 1_000 };

/** Without a terminal, and with exactly this environment. */
export async function callCli(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  const out: string[] = [];
  const err: string[] = [];
  const exit = await runCli(args, {
    env,
    project: '/nowhere',
    out: { hasColors: false, write: (written) => void out.push(written) },
    err: { hasColors: false, isTerminal: false, write: (written) => void err.push(written) },
    ask: null,
    now: () => new Date(),
    pace: NO_PROGRESS,
  });
  return { exit, out: out.join(''), err: err.join('') };
}

/** The same as a process of its own, which takes ten times as long. */
export async function runCliProcess(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CliResult> {
  const child = spawn(process.execPath, ['infra/cli/main.ts', ...args], {
    cwd: PROJECT,
    env: { ...bareEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exit: child.exitCode, out, err };
}

/** Serves the handlers of the test's system over HTTP. */
export function useServer(): { url(): string } {
  let server: RunningServer;
  beforeEach(async () => {
    server = await startServer({ port: 0, handlers: HANDLERS });
  });
  afterEach(() => server.close(0));
  return { url: () => server.url };
}
