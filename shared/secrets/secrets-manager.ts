/** Secrets Manager, with bounded time. Loaded only where a secret's ARN is configured. */
import {
  GetSecretValueCommand,
  SecretsManagerClient,
  SecretsManagerServiceException,
} from '@aws-sdk/client-secrets-manager';

/** `unreachable` may end without a change; `refused` does not. */
export type SecretResponse =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'unreachable'; readonly error: unknown }
  | { readonly kind: 'refused'; readonly error: unknown };

/** For all tries together, including the waits between them. */
const TOTAL_MS = 3_000;

/** Reads the current version of a secret. Never rejects. */
export function createSecretReader(): (arn: string) => Promise<SecretResponse> {
  const client = new SecretsManagerClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 500, requestTimeout: 1_000, throwOnRequestTimeout: true },
  });
  return async (arn) => {
    try {
      const abortSignal = AbortSignal.timeout(TOTAL_MS);
      const { SecretString: text } = await client.send(new GetSecretValueCommand({ SecretId: arn }), { abortSignal });
      return text === undefined
        ? { kind: 'refused', error: new Error('The secret is binary, not text') }
        : { kind: 'text', text };
    } catch (error) {
      return { kind: isPassing(error) ? 'unreachable' : 'refused', error };
    }
  };
}

/** Everything except Secrets Manager's own refusal: no connection, a timeout, no credentials yet. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof SecretsManagerServiceException)) return true;
  const { httpStatusCode = 500 } = error.$metadata;
  return httpStatusCode >= 500 || httpStatusCode === 429 || /Throttl|TooManyRequests|Internal/.test(error.name);
}
