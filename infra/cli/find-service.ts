/** Which service the command line calls, and with which token. */
import { readLocalToken } from '../local/local-token.ts';
import { findRunning } from '../local/pid-file.ts';
import type { ClientOptions } from './client.ts';
import type { OptionValues } from './options.ts';
import { UsageError } from './usage-error.ts';

export interface ServiceSearch {
  readonly options: OptionValues;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that contains `.local`. */
  readonly project: string;
}

/** @throws UsageError for an address that is not a URL, or that would send the token unencrypted */
export async function findService({ options, env, project }: ServiceSearch): Promise<ClientOptions> {
  const { url: given, token } = options;
  const url = parseUrl(typeof given === 'string' ? given : await localUrl(env, project));
  const chosen = typeof token === 'string' ? token : env['SYNC_AUTH_TOKEN'] || null;
  const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  if (isLocal) return { url: textOf(url), token: chosen ?? (await readLocalToken(project)) };
  if (chosen !== null && url.protocol === 'http:') {
    throw new UsageError(`--url ${url.origin} would send the token unencrypted: use https.`);
  }
  return { url: textOf(url), token: chosen };
}

async function localUrl(env: ServiceSearch['env'], project: string): Promise<string> {
  const running = await findRunning(project);
  return running?.url ?? `http://127.0.0.1:${env['PORT'] || '3000'}`;
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new UsageError(`--url is ${JSON.stringify(withoutPassword(text))}: give an address such as https://host.`);
  }
  return url;
}

function withoutPassword(text: string): string {
  return text.replace(/\/\/[^/]*@/, '//...@');
}

function textOf({ origin, pathname }: URL): string {
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}
