/** In Retell's place a server that shows a certificate which is not Retell's. */
import { once } from 'node:events';
import { createServer } from 'node:tls';
import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import type { RetellSession } from '../../../shared/retell/client.ts';
import { type Certificate, createAuthority, issueCertificate } from '../../support/authority.ts';
import { testRetell } from '../../support/simulator.ts';

const authority = await createAuthority('Somebody');

interface Impostor {
  readonly url: string;
  /** All that was ever sent to it, deciphered; complete once it has stopped. */
  heard(): string;
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
    heard: () => Buffer.concat(received).toString(),
    async stop() {
      await once(server.close(), 'close');
    },
  };
}

const unavailable = {
  status: 502,
  code: 'retell_unavailable',
  message: expect.stringContaining('certificate that is not accepted ('),
  hint: expect.stringContaining('RETELL_BASE_URL'),
};

describe.each<[string, () => Promise<Certificate>]>([
  ['of an authority that is not trusted', () => issueCertificate(authority, 'localhost')],
  ['of no authority', async () => authority],
])('a certificate %s', (_, certificate) => {
  test.each<[string, (retell: RetellSession) => Promise<unknown>]>([
    ['a listing', (retell) => retell.listAgents()],
    ['a change', (retell) => retell.createVersion('agent_1', 0)],
  ])('[R24] is sent nothing of %s: tried again, then an error that names it', async (_, ask) => {
    const impostor = await startImpostor(await certificate());
    const session = testRetell(impostor, { callTimeoutMs: 5_000 }).session({});
    const answer = await Promise.allSettled([ask(session)]);
    await impostor.stop();
    expect(impostor.heard()).toBe('');
    expect(answer).toMatchObject([{ status: 'rejected', reason: unavailable }]);
    expect(session.calls()).toBe(5);
  });
});
