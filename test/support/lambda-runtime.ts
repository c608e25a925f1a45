/** Lambda on this machine: a deployed asset in its own process, which calls the Runtime API. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import * as v from 'valibot';
import { COMPILE_CACHE } from './child-environment.ts';

export interface DeployedFunction {
  readonly name: string;
  /** The folder of its asset. */
  readonly directory: string;
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** What the function returned, or what it threw. */
export type InvocationResult =
  | { readonly kind: 'response'; readonly payload: unknown }
  | { readonly kind: 'error'; readonly payload: unknown };

export interface Container {
  /** One after the other, like Lambda. The process is killed at its deadline; rejects if it ends before that. */
  invoke(event: unknown, options?: { readonly timeoutMs?: number }): Promise<InvocationResult>;
  /** Freezes the process, like Lambda between invocations. */
  freeze(): void;
  thaw(): void;
  /** Whether its process is gone: the next invocation needs another container. */
  ended(): boolean;
  /** Its stdout and stderr so far. */
  output(): string;
  stop(): Promise<void>;
}

const BOOTSTRAP = join(import.meta.dirname, 'lambda-bootstrap.js');

interface Invocation {
  readonly id: string;
  readonly event: unknown;
  readonly timeoutMs: number;
  readonly settle: (result: InvocationResult) => void;
}

/** A container of the function, started cold. `environment` is added to the function's own. */
export async function startContainer(
  deployed: DeployedFunction,
  environment: Readonly<Record<string, string>> = {},
): Promise<Container> {
  let ended = false;
  const runtime = await startRuntimeApi(() => {
    ended = child.kill('SIGKILL');
  });
  const child = spawn(process.execPath, ['--unhandled-rejections=strict', BOOTSTRAP], {
    // Without this process's environment: a function has only its deployment's.
    env: {
      ...deployed.environment,
      ...environment,
      ...COMPILE_CACHE,
      AWS_LAMBDA_RUNTIME_API: runtime.host,
      AWS_LAMBDA_FUNCTION_NAME: deployed.name,
      LAMBDA_TASK_ROOT: deployed.directory,
      _HANDLER: deployed.handler,
      TZ: ':UTC',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written = collectOutput(child);
  const exited = once(child, 'exit').then(([code]) => Promise.reject(new Error(`ended (${code}): ${written()}`)));
  exited.catch(() => {
    ended = true;
  });
  return {
    invoke: (event, { timeoutMs = deployed.timeoutMs } = {}) =>
      Promise.race([runtime.invoke(event, timeoutMs), exited]),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    ended: () => ended,
    output: written,
    async stop() {
      child.kill('SIGKILL');
      await exited.catch(() => {});
      await runtime.close();
    },
  };
}

function collectOutput(child: ChildProcess): () => string {
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => chunks.push(String(chunk)));
  return () => chunks.join('');
}

/** The message of Lambda. */
function timedOut({ id, timeoutMs }: Invocation): InvocationResult {
  const errorMessage = `RequestId: ${id} Error: Task timed out after ${(timeoutMs / 1_000).toFixed(2)} seconds`;
  return { kind: 'error', payload: { errorType: 'Sandbox.Timedout', errorMessage } };
}

/** Milliseconds in which what has arrived is read. */
const ARRIVED_MS = 20;

/** `kill` ends the process, whatever it is doing. */
async function startRuntimeApi(kill: () => void) {
  const waiting: Invocation[] = [];
  const underWay = new Map<string, Invocation & { readonly deadline: NodeJS.Timeout }>();
  let idle: ServerResponse | undefined;

  function dispatch(): void {
    const invocation = idle === undefined ? undefined : waiting.shift();
    if (idle === undefined || invocation === undefined) return;
    const deadline = setTimeout(() => {
      // A response may have arrived in time while this process was busy: timers come before what the network brought.
      setTimeout(() => {
        if (!underWay.has(invocation.id)) return;
        kill();
        end(invocation.id, timedOut(invocation));
      }, ARRIVED_MS);
    }, invocation.timeoutMs);
    underWay.set(invocation.id, { ...invocation, deadline });
    idle.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': invocation.id,
      'lambda-runtime-deadline-ms': String(Date.now() + invocation.timeoutMs),
    });
    idle.end(JSON.stringify(invocation.event));
    idle = undefined;
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, id, kind] = /\/invocation\/([^/]+)\/(response|error)$/.exec(request.url ?? '') ?? [];
    if (id === undefined) {
      idle = response;
      return dispatch();
    }
    const payload: unknown = await json(request).catch(() => undefined);
    response.writeHead(202).end();
    end(id, { kind: kind === 'error' ? 'error' : 'response', payload });
  }

  function end(id: string, result: InvocationResult): void {
    clearTimeout(underWay.get(id)?.deadline);
    underWay.get(id)?.settle(result);
    underWay.delete(id);
  }

  const server = createServer((request, response) => {
    void respond(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = v.parse(v.object({ port: v.number() }), server.address());
  return {
    host: `127.0.0.1:${port}`,
    invoke: (event: unknown, timeoutMs: number) =>
      new Promise<InvocationResult>((settle) => {
        waiting.push({ id: randomUUID(), event, timeoutMs, settle });
        dispatch();
      }),
    async close() {
      for (const { deadline } of underWay.values()) clearTimeout(deadline);
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
