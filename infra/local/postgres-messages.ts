/** The messages between embedded-postgres.ts and the process that it starts. */
import * as v from 'valibot';

export const PostgresOptions = v.object({
  /** Holds the data, the superuser's password and the log of the last start. */
  directory: v.string(),
  /** false, for tests: commits do not wait for the disk, and the directory is removed when the server ends. */
  persistent: v.boolean(),
  /** The folder for binaries and data if root starts the server and user `postgres` cannot reach the usual folder. */
  fallback: v.optional(v.string(), '/var/lib/voice-agent-sync'),
  /** The folder of the package with the server's binaries; the installed package unless given. */
  package: v.exactOptional(v.string()),
});

export const PostgresMessage = v.variant('ok', [
  v.object({ ok: v.literal(true), url: v.string(), directory: v.string() }),
  v.object({ ok: v.literal(false), reason: v.string() }),
]);

export type PostgresOptions = Readonly<v.InferInput<typeof PostgresOptions>>;
export type PostgresMessage = Readonly<v.InferOutput<typeof PostgresMessage>>;
