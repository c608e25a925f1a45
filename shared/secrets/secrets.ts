/** Secrets by value locally, and from Secrets Manager on AWS, where no environment variable ever contains one. */

import type { SecretSource, StoredSecret } from '../config.ts';
import { parseConnectionString } from '../db/connection-string.ts';
import { type AppError, apiError } from '../errors.ts';
import { commaList } from '../text.ts';
import { parseSecret } from './secret-value.ts';
import type { SecretResponse } from './secrets-manager.ts';

export interface Secrets {
  /** Throws an AppError `secret_unavailable` that names the variable and the ARN. */
  read(source: SecretSource): Promise<string>;
  /**
   * Reads from Secrets Manager again, whatever is cached: for a secret that was refused when it was used. Keeps the
   * cached value when Secrets Manager cannot be reached; throws like `read` when it refuses.
   */
  refresh(source: SecretSource): Promise<void>;
  /** Every value read so far, for redaction. */
  readonly known: () => readonly string[];
}

interface SecretsOptions {
  /** Called when an older value is served because Secrets Manager cannot be reached. */
  readonly onStale?: (arn: string, error: unknown) => void;
  /** Milliseconds of a clock that only goes forward. */
  readonly clock?: () => number;
}

interface Cached {
  readonly value: string;
  readonly expires_at: number;
}

const CACHE_MS = 5 * 60_000;
/** How long an older value is served before Secrets Manager is called again, so that not every request waits for it. */
const STALE_MS = 15_000;

export function createSecrets(options: SecretsOptions = {}): Secrets {
  const clock = options.clock ?? (() => performance.now());
  const known = new Set<string>();
  const cache = new Map<string, Cached>();
  const running = new Map<string, Promise<string>>();
  let reader: Promise<(arn: string) => Promise<SecretResponse>> | undefined;

  async function fetchSecret(source: StoredSecret): Promise<string> {
    // Imported here: without an ARN, nothing of AWS is loaded.
    reader ??= import('./secrets-manager.ts').then(({ createSecretReader }) => createSecretReader());
    const response = await (await reader)(source.arn);
    const value = response.kind === 'text' ? parsed(source, response.text) : lastValue(source, response);
    cache.set(source.arn, { value, expires_at: clock() + (response.kind === 'text' ? CACHE_MS : STALE_MS) });
    return value;
  }

  function parsed(source: StoredSecret, text: string): string {
    const secret = parseSecret(source, text);
    if (!secret.ok) throw unavailable(source, secret);
    for (const hidden of [secret.value, ...secret.hidden]) known.add(hidden);
    return secret.value;
  }

  function lastValue(source: StoredSecret, { kind, error }: Exclude<SecretResponse, { kind: 'text' }>): string {
    const last = cache.get(source.arn);
    if (kind === 'refused' || last === undefined)
      throw unavailable(source, { why: 'cannot be read', hint: READ_HINT }, error);
    options.onStale?.(source.arn, error);
    return last.value;
  }

  /** Callers that arrive during a read share its result. */
  function fetchOnce(source: StoredSecret): Promise<string> {
    const started = running.get(source.arn) ?? fetchSecret(source).finally(() => running.delete(source.arn));
    running.set(source.arn, started);
    return started;
  }

  return {
    async read(source) {
      if (source.kind === 'value') {
        if (!known.has(source.value)) for (const part of partsOf(source.value)) known.add(part);
        return source.value;
      }
      const cached = cache.get(source.arn);
      return cached !== undefined && clock() < cached.expires_at ? cached.value : fetchOnce(source);
    },
    async refresh(source) {
      if (source.kind === 'arn') await fetchOnce(source);
    },
    known: () => [...known],
  };
}

/** A value and its secret parts: webhook keys are a list, a connection string has a password. */
function partsOf(value: string): readonly string[] {
  const connection = parseConnectionString(value);
  const { user, dbname, password = '' } = connection.ok ? Object.fromEntries(connection.parameters) : {};
  // For the user postgres with the password `postgres`, redaction would hide a common word in every line of the log.
  const isSecret = password.length >= 8 && password !== user && password !== dbname;
  return [value, ...commaList(value), ...(isSecret ? [password] : [])];
}

const READ_HINT = 'Check that it exists, that this function may read it, and that Secrets Manager can be reached.';

function unavailable(
  { arn, variable }: StoredSecret,
  { why, hint }: { readonly why: string; readonly hint: string },
  cause?: unknown,
): AppError {
  return apiError('secret_unavailable', {
    message: `The secret in ${variable} (${arn}) ${why}.`,
    hint,
    cause,
  });
}
