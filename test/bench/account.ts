/** Controls the account's process. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import * as v from 'valibot';

export const AccountCommand = v.variant('do', [
  v.object({
    do: v.literal('start'),
    key: v.string(),
    agents: v.number(),
    latency_ms: v.number(),
    rate_limit: v.optional(v.number()),
  }),
  v.object({ do: v.literal('change'), count: v.number() }),
  v.object({ do: v.literal('count') }),
]);
export type AccountCommand = v.InferOutput<typeof AccountCommand>;

const Started = v.object({ url: v.string() });
const Changed = v.object({ changed: v.array(v.string()) });
const Requests = v.object({
  pages: v.number(),
  details: v.number(),
  /** Agents whose details were read. */
  agents: v.number(),
});
export type Requests = v.InferOutput<typeof Requests>;

export const ACCOUNT_KEY = 'key_0123456789abcdef';

export interface AccountOptions {
  readonly agents: number;
  readonly latency_ms: number;
  readonly rate_limit?: number;
}

export interface BenchAccount {
  readonly url: string;
  /** Changes this many agents in Retell, and returns them. */
  change(count: number): Promise<readonly string[]>;
  /** Requests since the previous call. */
  requests(): Promise<Requests>;
  close(): Promise<void>;
}

export async function startAccount(options: AccountOptions): Promise<BenchAccount> {
  const child = fork(join(import.meta.dirname, 'account-process.ts'));
  const ask = async (command: AccountCommand): Promise<unknown> => {
    const answer = once(child, 'message');
    child.send(command);
    return (await answer)[0];
  };
  const { url } = v.parse(Started, await ask({ do: 'start', key: ACCOUNT_KEY, ...options }));
  return {
    url,
    change: async (count) => v.parse(Changed, await ask({ do: 'change', count })).changed,
    requests: async () => v.parse(Requests, await ask({ do: 'count' })),
    async close() {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}
