/** Two clients that check nothing, store nothing and never retry: the least that a call to Retell costs. */
import { Agent, request } from 'node:http';
import type { BareTask } from '../measurement.ts';

/** Returns the parsed body of the response. */
export type BareClient = (method: 'GET' | 'POST', path: string) => Promise<unknown>;

const BASE_URL = process.env['RETELL_BASE_URL'] ?? '';
const headers = { authorization: `Bearer ${process.env['RETELL_API_KEY'] ?? ''}` };
const agent = new Agent({ keepAlive: true });

export const BARE_CLIENTS: Readonly<Record<BareTask['client'], BareClient>> = {
  fetch: async (method, path) => (await fetch(`${BASE_URL}${path}`, { method, headers })).json(),
  'node:http': (method, path) =>
    new Promise((resolve, reject) => {
      const sent = request(`${BASE_URL}${path}`, { method, headers, agent }, (response) => {
        let text = '';
        response
          .setEncoding('utf8')
          .on('data', (chunk: string) => (text += chunk))
          .on('end', () => resolve(JSON.parse(text)));
      });
      sent.on('error', reject).end();
    }),
};
