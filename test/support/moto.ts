/** moto's server, a stand-in for many AWS services, if it is installed. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const COMMAND = 'moto_server';

/** Printed, because skipped tests look like passed tests. */
export function motoIsInstalled(): boolean {
  const installed = spawnSync(COMMAND, ['--help']).status === 0;
  if (!installed)
    console.warn(`${COMMAND} is not installed: the tests against it are SKIPPED (pip install 'moto[server]')`);
  return installed;
}

export interface Moto {
  /** The environment with which an SDK client finds it. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export async function startMoto(): Promise<Moto> {
  const port = await freePort();
  const server = spawn(COMMAND, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const exited = once(server, 'exit');
  const url = `http://127.0.0.1:${port}`;
  while (!(await isUp(url))) await delay(50);
  return {
    environment: {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    async stop() {
      server.kill();
      await exited;
    },
  };
}

async function isUp(url: string): Promise<boolean> {
  return await fetch(`${url}/moto-api/`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
