/** Secrets by value locally, from Secrets Manager on AWS; never kept in an environment variable there. */

import type { SecretAnswer } from './aws/read-secret.ts';
import { parseSecret } from './aws/secret-text.ts';
import { commaList } from './comma-list.ts';
import type { SecretSource } from './config.ts';
import { AppError } from './errors.ts';

export interface Secrets {
  /** Throws an AppError `secret_unavailable` that names the variable and the ARN. */
  read(source: SecretSource): Promise<string>;
  /**
   * Asks Secrets Manager again, whatever is cached: for a secret that its user refused. Keeps what it has when Secrets
   * Manager cannot be reached; throws as `read` does when it refuses.
   */
  refresh(source: SecretSource): Promise<void>;
  /** Every value read so far, for redaction. */
  readonly known: () => readonly string[];
}

export interface SecretsOptions {
  /** Called when an older value is served because Secrets Manager cannot be reached. */
  readonly onStale?: (arn: string, error: unknown) => void;
  /** Milliseconds of a clock that only goes forward. */
  readonly clock?: () => number;
}

type Stored = Extract<SecretSource, { kind: 'arn' }>;

interface Cached {
  readonly value: string;
  readonly expires_at: number;
}

const CACHE_MS = 5 * 60_000;
/** How long an older value is served before Secrets Manager is asked again, so that not every request waits for it. */
const STALE_MS = 15_000;

export function createSecrets(options: SecretsOptions = {}): Secrets {
  const clock = options.clock ?? (() => performance.now());
  const known = new Set<string>();
  const cache = new Map<string, Cached>();
  const underWay = new Map<string, Promise<string>>();
  let reader: Promise<(arn: string) => Promise<SecretAnswer>> | undefined;

  async function fetchSecret(source: Stored): Promise<string> {
    // Not at the top: without an ARN, nothing of AWS is loaded.
    reader ??= import('./aws/read-secret.ts').then(({ createSecretReader }) => createSecretReader());
    const answer = await (await reader)(source.arn);
    const { value, lasts } = accepted(source, answer);
    cache.set(source.arn, { value, expires_at: clock() + lasts });
    return value;
  }

  function accepted(source: Stored, answer: SecretAnswer): { value: string; lasts: number } {
    if (answer.kind === 'text') {
      const parsed = parseSecret(source.variable, answer.text);
      if (parsed === null) throw unavailable(source, 'holds no usable value', undefined);
      for (const hidden of [parsed.value, ...parsed.hidden]) known.add(hidden);
      return { value: parsed.value, lasts: CACHE_MS };
    }
    const last = cache.get(source.arn);
    if (answer.kind === 'refused' || last === undefined) throw unavailable(source, 'cannot be read', answer.error);
    options.onStale?.(source.arn, answer.error);
    return { value: last.value, lasts: STALE_MS };
  }

  /** Callers that come while it is being read share the answer. */
  function fetchOnce(source: Stored): Promise<string> {
    const running = underWay.get(source.arn);
    if (running !== undefined) return running;
    const started = fetchSecret(source).finally(() => underWay.delete(source.arn));
    underWay.set(source.arn, started);
    return started;
  }

  return {
    async read(source) {
      if (source.kind === 'value') {
        // Webhook keys are a list.
        for (const part of [source.value, ...commaList(source.value)]) known.add(part);
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

function unavailable({ arn, variable }: Stored, why: string, cause: unknown): AppError {
  return new AppError(
    503,
    'secret_unavailable',
    `The secret in ${variable} (${arn}) ${why}.`,
    why === 'cannot be read'
      ? 'Check that it exists, that this function may read it, and that Secrets Manager can be reached.'
      : `Write it with: aws secretsmanager put-secret-value --secret-id ${arn} --secret-string ...`,
    { cause },
  );
}
