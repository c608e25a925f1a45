import { Retell } from 'retell-sdk';

export interface ConnectionOptions {
  readonly apiKey: () => Promise<string>;
  /** Forgets the cached key, so that `apiKey` fetches the one that has replaced it. */
  readonly refreshApiKey?: (() => Promise<void>) | undefined;
  /** undefined: Retell itself. */
  readonly baseUrl: string | undefined;
}

/** The SDK's client for one session, whose key is replaced at most once. */
export interface Connection {
  client(): Promise<Retell>;
  /** After a 401 to `stale`: whether there is a newer key to try. */
  renew(stale: Retell): Promise<boolean>;
}

const RETELL_URL = 'https://api.retellai.com';

/** Nothing is fetched before the first call of `client`; `onRequest` is called for every HTTP request sent. */
export function createConnection(options: ConnectionOptions, onRequest: () => void): Connection {
  const { refreshApiKey } = options;
  let current: Promise<Retell> | null = null;
  let renewed = false;

  const open = async (): Promise<Retell> => openClient(await options.apiKey(), options.baseUrl, onRequest);
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

function openClient(apiKey: string, baseUrl: string | undefined, onRequest: () => void): Retell {
  return new Retell({
    apiKey,
    // Given even when it is the default: else the SDK would read the environment itself.
    baseURL: baseUrl ?? RETELL_URL,
    // Its own retries obey Retry-After without bound, and repeat what must not be repeated.
    maxRetries: 0,
    logLevel: 'off',
    // The key must not follow a redirect to another host.
    fetchOptions: { redirect: 'manual' },
    fetch: (input, init) => {
      onRequest();
      return fetch(input, init);
    },
  });
}
