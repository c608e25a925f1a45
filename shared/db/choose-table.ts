/** Decides whether the `interviewer` table that a connection leads to is the platform's. The wrong place is worse than none. */
import { suggestName } from '../suggest-name.ts';

export interface FoundTable {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  /** As in pg_class: r and p are tables, v and m views, f is foreign. */
  readonly kind: string;
  /** What `create table ... as` makes, a copy, has none. */
  readonly has_primary_key: boolean;
  /** Whether the migrations have taken it over. */
  readonly adopted: boolean;
  readonly columns: readonly string[];
}

/** What a connection shows of its database. */
export interface Found {
  readonly database: string;
  readonly role: string;
  /** The first schema of the search path that exists; null: none does. */
  readonly schema: string | null;
  readonly search_path: string;
  /** The oid of the table that `interviewer` stands for. */
  readonly resolved: string | null;
  /** Whether the migrations were here. */
  readonly migrated: boolean;
  readonly schemas: readonly string[];
  /** Those that the role may not look into. */
  readonly closed_schemas: readonly string[];
  readonly other_databases: readonly string[];
  readonly tables: readonly FoundTable[];
}

export interface Wanted {
  /** The search path that the connection string asks for; null: none. */
  readonly searchPath: string | null;
  readonly create: boolean;
}

/** The table that the service works on. */
export interface TableInUse {
  readonly database: string;
  readonly schema: string;
  readonly table: 'interviewer';
  readonly role: string;
  /** Whether the migrations create it. */
  readonly created: boolean;
  /** Further tables of that name, which are left alone. */
  readonly others: readonly string[];
}

export type Choice =
  | { readonly ok: true; readonly table: TableInUse }
  /** `why` is a clause, `hint` a sentence. */
  | { readonly ok: false; readonly why: string; readonly hint: string };

export function chooseTable(found: Found, wanted: Wanted): Choice {
  const elsewhere = wanted.searchPath === null ? null : refuseOtherPath(found, wanted.searchPath);
  if (elsewhere !== null) return elsewhere;
  const table = found.tables.find(({ oid }) => oid === found.resolved);
  return table === undefined ? chooseWithout(found, wanted) : chooseResolved(table, found, wanted);
}

const NAME_IT = 'Name its schema: ?schema=... at the end of DATABASE_URL, or DATABASE_SCHEMA.';

/** A pooler may drop start-up parameters without an error. */
function refuseOtherPath(
  { schema, search_path, schemas, closed_schemas, role, database, tables }: Found,
  asked: string,
): Choice | null {
  if (normalised(search_path) === normalised(asked) && schema !== null) return null;
  const [first = ''] = normalised(asked).split(',');
  if (!schemas.includes(first)) {
    return refuse(`There is no schema ${quoted(first)} in the database ${database}`, foundHint(tables));
  }
  if (closed_schemas.includes(first)) {
    const grant = `grant usage on schema ${quoted(first)} to ${quoted(role)}`;
    return refuse(`The role ${quoted(role)} may not use the schema ${quoted(first)}`, `As its owner, run: ${grant}.`);
  }
  return refuse(
    `A pooler dropped the schema ${quoted(first)} from the connection, and the search_path is ${search_path}`,
    `Connect to Postgres directly, or give a role of this system's own that path: alter role ${quoted(role)} in database ${quoted(database)} set search_path = ${asked}; and leave the schema out of the connection string.`,
  );
}

function chooseResolved(table: FoundTable, found: Found, wanted: Wanted): Choice {
  if (!isTable(table)) {
    const base = found.tables.filter((other) => isTable(other));
    return refuse(
      `${nameOf(table)} is ${KINDS[table.kind] ?? 'not a table'}, which cannot hold the columns and indexes of this system`,
      base.length === 0 ? 'Name the table that it shows interviewer, or connect where that is.' : foundHint(base),
    );
  }
  const lacking = refuseColumns(table);
  if (lacking !== null) return lacking;
  const others = found.tables.filter(({ oid }) => oid !== table.oid);
  const rivals = others.filter((other) => isTable(other) && other.has_primary_key);
  const adopted = rivals.find((other) => other.adopted);
  if (!table.adopted && adopted !== undefined) {
    return refuse(
      `This system keeps ${nameOf(adopted)} of this database in sync, and the connection leads to ${nameOf(table)}`,
      `${NAME_IT} One database has one table in sync.`,
    );
  }
  // A schema other than the default is in a search path on purpose.
  const decided = table.adopted || wanted.searchPath !== null || table.schema !== 'public';
  if (!decided && rivals.length > 0) {
    return refuse(
      `There are several tables that may be the platform's: ${list([table, ...rivals])}`,
      `Say which: ?schema=public at the end of DATABASE_URL (or DATABASE_SCHEMA) for ${nameOf(table)}.`,
    );
  }
  return { ok: true, table: inUse(found, table.schema, { created: false, others }) };
}

function chooseWithout(found: Found, { create }: Wanted): Choice {
  const { tables, database, migrated, schema, role } = found;
  if (tables.length > 0) return refuseOthers(found);
  if (migrated) {
    return refuse(
      `The table interviewer, which the migrations had taken over, is no longer in the database ${database}`,
      'Restore it from a backup; or drop schema voice_agent_sync cascade, and begin again.',
    );
  }
  if (!create) {
    const others = found.other_databases.slice(0, 5).map(quoted);
    const which = others.length === 0 ? '' : ` The server also has: ${others.join(', ')}.`;
    return refuse(
      `The database ${database} has no table interviewer in any schema`,
      `Name the platform's database in DATABASE_URL (on AWS: the database secret).${which} Only if the table is to be made there, set CREATE_INTERVIEWER_TABLE=true.`,
    );
  }
  if (schema === null) {
    return refuse(
      `There is no schema of the search_path (${found.search_path}) that the role ${quoted(role)} may use`,
      NAME_IT,
    );
  }
  return { ok: true, table: inUse(found, schema, { created: true, others: [] }) };
}

/** There are tables of that name, and the connection leads to none. */
function refuseOthers({ tables, closed_schemas, role, schema }: Found): Choice {
  const why = `The connection leads to no table interviewer (its schema is ${schema ?? 'none'}), but there is ${list(tables)}`;
  const [usable, ...more] = tables.filter((table) => table.name === 'interviewer' && isTable(table));
  if (usable === undefined) return refuse(why, spellingHint(tables));
  if (more.length > 0) return refuse(why, NAME_IT);
  if (closed_schemas.includes(usable.schema))
    return refuse(
      why,
      `As the owner of the schema, run: grant usage on schema ${quoted(usable.schema)} to ${quoted(role)}.`,
    );
  return refuse(
    why,
    `Add ?schema=${encodeURIComponent(usable.schema)} to DATABASE_URL, set DATABASE_SCHEMA=${usable.schema}, or set the search_path of the role ${quoted(role)}.`,
  );
}

const REQUIRED_COLUMNS = [
  'id',
  'agent_id',
  'name',
  'description',
  'image',
  'audio',
  'empathy',
  'exploration',
  'rapport',
  'speed',
];

function refuseColumns(table: FoundTable): Choice | null {
  const missing = REQUIRED_COLUMNS.filter((column) => !table.columns.includes(column));
  if (missing.length === 0) return null;
  const resembling = missing.flatMap((column) => suggestName(column, table.columns, 4)?.name ?? []);
  const instead = resembling.length === 0 ? '' : ` (it has ${resembling.map(quoted).join(', ')})`;
  return refuse(
    `${nameOf(table)} has no column ${missing.join(', ')}${instead}`,
    resembling.length === 0
      ? "Connect to the platform's database; a table of other columns cannot be kept in sync."
      : `Rename the columns in the database (in Prisma: @map("agent_id") on fields, which leaves the code as it is). ${NO_VIEW}`,
  );
}

const NO_VIEW = 'A view would not do, because columns and indexes are added to the table itself.';

/** Why a table of another spelling cannot be used, and what would help. */
function spellingHint(tables: readonly FoundTable[]): string {
  if (!tables.some(isTable)) return 'It is no table; connect where the table itself is.';
  return `Only a table that is called interviewer, with columns such as agent_id, can be kept in sync: rename it in the database (in Prisma: @@map("interviewer"), and @map("agent_id") on fields, which leaves the code as it is). ${NO_VIEW}`;
}

function foundHint(tables: readonly FoundTable[]): string {
  return tables.length === 0
    ? 'Name the schema of the interviewer table.'
    : `There is ${list(tables)}: name its schema.`;
}

const KINDS: Readonly<Record<string, string>> = {
  v: 'a view',
  m: 'a materialized view',
  f: 'a foreign table',
};

function isTable({ kind }: FoundTable): boolean {
  return kind === 'r' || kind === 'p';
}

function inUse(
  { database, role }: Found,
  schema: string,
  { created, others }: { readonly created: boolean; readonly others: readonly FoundTable[] },
): TableInUse {
  return { database, schema, table: 'interviewer', role, created, others: others.map(nameOf) };
}

function refuse(why: string, hint: string): Choice {
  return { ok: false, why, hint };
}

function list(tables: readonly FoundTable[]): string {
  return tables.map((table) => (isTable(table) ? nameOf(table) : `${nameOf(table)} (${KINDS[table.kind]})`)).join(', ');
}

function nameOf({ schema, name }: FoundTable): string {
  return `${quoted(schema)}.${quoted(name)}`;
}

/** As SQL writes it. */
function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

function normalised(searchPath: string): string {
  return searchPath
    .split(',')
    .map((schema) =>
      schema
        .trim()
        .replace(/^"(.*)"$/, '$1')
        .replaceAll('""', '"'),
    )
    .join(',');
}
