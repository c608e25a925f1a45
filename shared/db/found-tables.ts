/** The tables of that name in a database, and how messages describe them. */

export interface FoundTable {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  /** As in pg_class: r and p are tables, v and m views, f is foreign. */
  readonly kind: string;
  /** A copy made by `create table ... as` has no primary key. */
  readonly has_primary_key: boolean;
  /**
   * Whether the owner of this system's schema also has the owner's rights on the table; null: there is no such schema.
   */
  readonly of_schema_owner: boolean | null;
  /** Whether the migrations have adopted it. */
  readonly adopted: boolean;
  readonly columns: readonly string[];
  /** Columns that cannot hold what a sync writes into them, with their types. */
  readonly mistyped: readonly string[];
  /** Rules that rewrite statements on it. */
  readonly rules: readonly string[];
}

/** By their kind in pg_class. */
export const KINDS: Readonly<Record<string, string>> = {
  v: 'a view',
  m: 'a materialized view',
  f: 'a foreign table',
};

export function isTable({ kind }: FoundTable): boolean {
  return kind === 'r' || kind === 'p';
}

export function listTables(tables: readonly FoundTable[]): string {
  return tables.map((table) => (isTable(table) ? nameOf(table) : `${nameOf(table)} (${KINDS[table.kind]})`)).join(', ');
}

export function nameOf({ schema, name }: FoundTable): string {
  return `${quoted(schema)}.${quoted(name)}`;
}

/** As SQL writes it. */
export function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

export const NO_VIEW = 'A view would not do, because columns and indexes are added to the table itself.';

/** Why a table of another spelling cannot be used, and what to do. */
export function spellingHint(tables: readonly FoundTable[]): string {
  if (!tables.some(isTable)) return 'It is no table; connect where the table itself is.';
  return `Only a table that is called interviewer, with columns such as agent_id, can be kept in sync: rename it in the database (in Prisma: @@map("interviewer"), and @map("agent_id") on fields, which leaves the code as it is). ${NO_VIEW}`;
}

export function foundHint(tables: readonly FoundTable[]): string {
  return tables.length === 0
    ? 'Name the schema of the interviewer table.'
    : `There is ${listTables(tables)}: name its schema.`;
}
