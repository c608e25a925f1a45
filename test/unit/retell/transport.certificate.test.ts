/** A server in Retell's place whose certificate is not accepted. */
import { once } from 'node:events';
import { createServer } from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import type { RetellSession } from '../../../shared/retell/client.ts';
import { type Certificate, createAuthority, issueCertificate } from '../../support/authority.ts';
import { testRetell } from '../../support/simulator.ts';

const authority = await createAuthority('Unknown CA');

interface Impostor {
  readonly url: string;
  /** What it received, decrypted; complete once it has stopped. */
  received(): string;
  stop(): Promise<void>;
}

async function startImpostor({ certificate, key }: Certificate): Promise<Impostor> {
  const received: Buffer[] = [];
  const server = createServer({ cert: certificate, key }, (socket) => {
    socket
      .on('error', () => {})
      .once('data', (bytes) => {
        received.push(bytes);
        socket.destroy();
      });
  });
  await once(server.listen(0, 'localhost'), 'listening');
  const { port } = v.parse(v.object({ port: v.number() }), server.address());
  return {
    url: `https://localhost:${port}`,
    received: () => Buffer.concat(received).toString(),
    async stop() {
      await once(server.close(), 'close');
    },
  };
}

const unavailable = {
  status: 502,
  code: 'retell_unavailable',
  message: expect.stringMatching(/certificate was not accepted: [^(]+ \([A-Z_]+\)/u),
  hint: expect.stringContaining('RETELL_BASE_URL'),
};

/** With this variable Node itself verifies no certificate. */
const VARIABLE = 'NODE_TLS_REJECT_UNAUTHORIZED';
afterEach(() => {
  delete process.env[VARIABLE];
});

test('no variable of the environment switches the verification off', async () => {
  process.env[VARIABLE] = '0';
  const impostor = await startImpostor(await issueCertificate(authority, 'localhost'));
  const result = await testRetell(impostor, { callTimeoutMs: 5_000, retries: 0 }).session({}).readAgent('agent_1');
  await impostor.stop();
  expect(result).toMatchObject({ ok: false, reason: expect.stringContaining('certificate was not accepted') });
  expect(impostor.received()).toBe('');
});

describe.each<[string, () => Promise<Certificate>]>([
  ['of a CA that is not trusted', () => issueCertificate(authority, 'localhost')],
  ['of no CA', async () => authority],
])('a certificate %s', (_, certificate) => {
  test.each<[string, (retell: RetellSession) => Promise<unknown>]>([
    ['a listing', (retell) => retell.listAgents()],
    ['a change', (retell) => retell.createVersion('agent_1', 0)],
  ])('is sent nothing of %s: retried, then an error that names it', async (_, ask) => {
    const impostor = await startImpostor(await certificate());
    const session = testRetell(impostor, { callTimeoutMs: 5_000 }).session({});
    const result = await Promise.allSettled([ask(session)]);
    await impostor.stop();
    expect(impostor.received()).toBe('');
    expect(result).toMatchObject([{ status: 'rejected', reason: unavailable }]);
    expect(session.calls()).toBe(5);
  });
});
