/** What may stand in a secret, and the one value that is meant by it. */
import * as v from 'valibot';
import { commaList } from '../comma-list.ts';
import { ENVIRONMENT, SECRET_PLACEHOLDER } from '../contract.ts';

const Text = v.pipe(v.string(), v.trim(), v.minLength(1));

/** As RDS generates and rotates it. */
const RdsSecret = v.object({
  host: Text,
  port: v.pipe(v.union([v.number(), v.pipe(v.string(), v.transform(Number))]), v.integer(), v.minValue(1)),
  username: Text,
  password: v.pipe(v.string(), v.minLength(1)),
  dbname: v.optional(Text, 'postgres'),
});

const KeySecret = v.object({ api_key: Text });

export interface SecretValue {
  readonly value: string;
  /** Parts of it that must not be logged either. */
  readonly hidden: readonly string[];
}

const DATABASE_VARIABLES: ReadonlySet<string> = new Set([
  ENVIRONMENT.databaseSecretArn,
  ENVIRONMENT.databaseOwnerSecretArn,
]);

/** null: the text is not a secret of this variable. Nothing of the text is told, for it may be a secret all the same. */
export function parseSecret(variable: string, text: string): SecretValue | null {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed === SECRET_PLACEHOLDER) return null;
  return DATABASE_VARIABLES.has(variable) ? databaseUrl(trimmed) : key(trimmed);
}

function databaseUrl(text: string): SecretValue | null {
  if (/^postgres(ql)?:\/\//.test(text)) {
    const parsed = URL.parse(text);
    return parsed === null ? null : { value: text, hidden: [decoded(parsed.password)] };
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), RdsSecret), text);
  if (!parsed.success) return null;
  const { host, port, username, password, dbname } = parsed.output;
  const [user, secret, name] = [username, password, dbname].map(encodeURIComponent);
  return { value: `postgres://${user}:${secret}@${host}:${port}/${name}`, hidden: [password] };
}

/** Webhook keys are a list. */
function key(text: string): SecretValue | null {
  if (!text.startsWith('{')) return { value: text, hidden: commaList(text) };
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), KeySecret), text);
  if (!parsed.success || parsed.output.api_key === SECRET_PLACEHOLDER) return null;
  return { value: parsed.output.api_key, hidden: commaList(parsed.output.api_key) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
