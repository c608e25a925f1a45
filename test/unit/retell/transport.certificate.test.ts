/** A server instead of Retell, with a certificate that is not trusted. */
import { once } from 'node:events';
import { createServer } from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import type { RetellSession } from '../../../shared/retell/client.ts';
import { type Certificate, createCa, issueCertificate } from '../../support/ca.ts';
import { testRetell } from '../../support/simulator.ts';

const ca = await createCa('Unknown CA');

interface Impostor {
  readonly url: string;
  /** The data that it received, decrypted; complete once it has stopped. */
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

/** With this variable, Node itself verifies no certificate. */
const VARIABLE = 'NODE_TLS_REJECT_UNAUTHORIZED';
afterEach(() => {
  delete process.env[VARIABLE];
});

test('no environment variable turns the verification off', async () => {
  process.env[VARIABLE] = '0';
  const impostor = await startImpostor(await issueCertificate(ca, 'localhost'));
  const result = await testRetell(impostor, { callTimeoutMs: 5_000, retries: 0 }).session({}).readAgent('agent_1');
  await impostor.stop();
  expect(result).toMatchObject({ ok: false, reason: expect.stringContaining('certificate was not accepted') });
  expect(impostor.received()).toBe('');
});

describe.each<[string, () => Promise<Certificate>]>([
  ['of a CA that is not trusted', () => issueCertificate(ca, 'localhost')],
  ['of no CA', async () => ca],
])('a certificate %s', (_, certificate) => {
  test.each<[string, (retell: RetellSession) => Promise<unknown>]>([
    ['a listing', (retell) => retell.listAgents()],
    ['a change', (retell) => retell.createVersion('agent_1', 0)],
  ])('gets no byte of %s, which is retried and then an error that names the certificate', async (_, ask) => {
    const impostor = await startImpostor(await certificate());
    const session = testRetell(impostor, { callTimeoutMs: 5_000 }).session({});
    const result = await Promise.allSettled([ask(session)]);
    await impostor.stop();
    expect(impostor.received()).toBe('');
    expect(result).toMatchObject([{ status: 'rejected', reason: unavailable }]);
    expect(session.calls()).toBe(5);
  });
});
