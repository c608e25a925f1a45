/** Locates the platform's table. The migrations store its schema, so that no statement depends on a search path. */
import { apiError } from '../errors.ts';

/** Stands for the table in every statement and migration, also within literals: `'{interviewer}'::regclass`. */
const PLACEHOLDER = '{interviewer}';

export const READ_SCHEMA = 'select interviewer_schema as schema from voice_agent_sync.platform';

export function namesPlatformTable(sql: string): boolean {
  return sql.includes(PLACEHOLDER);
}

/** Writes the table's qualified name into the SQL. */
export function qualify(sql: string, schema: string): string {
  const name = qualifiedName(schema);
  return sql.replaceAll(PLACEHOLDER, () => name);
}

/** Throws an AppError for a name that could end the literal or the function body in which it is written. */
export function qualifiedName(schema: string): string {
  if (!/^[\p{L}\p{N}_ .-]+$/u.test(schema)) {
    throw apiError('schema_mismatch', {
      message: `The schema of the interviewer table has the name ${JSON.stringify(schema)}, which is not supported.`,
      hint: 'Rename it to letters, digits, blanks, dots, hyphens and underscores.',
    });
  }
  return `"${schema}"."interviewer"`;
}
