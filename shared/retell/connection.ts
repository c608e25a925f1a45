/** The SDK's client of one session, and its API key, which is replaced at most once. */
import { Retell } from 'retell-sdk';
import type { Transport } from './transport.ts';

export interface ConnectionOptions {
  readonly apiKey: () => Promise<string>;
  /** Drops the cached key, so that `apiKey` fetches the current one. */
  readonly refreshApiKey?: (() => Promise<void>) | undefined;
  /** undefined: Retell itself. */
  readonly baseUrl: string | undefined;
}

export interface Connection {
  client(): Promise<Retell>;
  /** After a 401 to `stale`: whether there is a newer key to try. */
  renew(stale: Retell): Promise<boolean>;
}

const RETELL_URL = 'https://api.retellai.com';

/** Fetches no key before the first call of `client`. */
export function createConnection(options: ConnectionOptions, transport: Transport): Connection {
  const { refreshApiKey } = options;
  let current: Promise<Retell> | null = null;
  let renewed = false;

  const open = async (): Promise<Retell> => createClient(await options.apiKey(), options.baseUrl, transport);
  const client = (): Promise<Retell> => (current ??= open());

  return {
    client,
    async renew(stale) {
      if ((await client()) !== stale) return true;
      if (renewed || refreshApiKey === undefined) return false;
      renewed = true;
      current = refreshApiKey().then(open);
      await current;
      return true;
    },
  };
}

function createClient(apiKey: string, baseUrl: string | undefined, transport: Transport): Retell {
  return new Retell({
    apiKey,
    // Explicit even if it is the default; otherwise the SDK reads the environment.
    baseURL: baseUrl ?? RETELL_URL,
    // The SDK's retries obey Retry-After without a bound and repeat what must not be repeated.
    maxRetries: 0,
    logLevel: 'off',
    fetch: transport,
  });
}
