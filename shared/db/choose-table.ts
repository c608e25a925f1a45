/**
 * Decides whether the `interviewer` table that a connection leads to is the platform's: a refusal is better than the wrong
 * table.
 */
import {
  type FoundTable,
  foundHint,
  isTable,
  KINDS,
  listTables,
  nameOf,
  quoted,
  spellingHint,
} from './found-tables.ts';
import { type Refusal, refuse, refuseShape } from './unusable-table.ts';

/** What a connection reveals about its database. */
export interface Found {
  readonly database: string;
  readonly role: string;
  /** The first schema of the search path that exists; null: none does. */
  readonly schema: string | null;
  readonly search_path: string;
  /** The oid of the table to which the name `interviewer` resolves. */
  readonly resolved: string | null;
  /** Whether the migrations ran in this database. */
  readonly migrated: boolean;
  /** The schema that they noted; null: none. */
  readonly noted: string | null;
  /** The role that owns this system's schema. The schema is ignored unless the same role owns the table. */
  readonly schema_owner: string | null;
  readonly schemas: readonly string[];
  /** Schemas that the role may not use. */
  readonly closed_schemas: readonly string[];
  readonly other_databases: readonly string[];
  readonly tables: readonly FoundTable[];
}

/** What the connection string asks for; null: nothing. */
export interface Wanted {
  readonly schema: string | null;
  readonly searchPath: string | null;
  /** Whether the table may be created. */
  readonly create: boolean;
}

/** The platform's table. */
export interface TableInUse {
  readonly database: string;
  readonly schema: string;
  readonly table: 'interviewer';
  readonly role: string;
  /** Whether the migrations create it. */
  readonly created: boolean;
  /** Other tables of that name, which stay untouched. */
  readonly others: readonly string[];
}

export type Choice = { readonly ok: true; readonly table: TableInUse } | Refusal;

export function chooseTable(found: Found, wanted: Wanted): Choice {
  const { schema, searchPath } = wanted;
  const elsewhere =
    (schema === null ? null : refuseSchema(found, schema)) ??
    (searchPath === null ? null : refuseDroppedPath(found, searchPath));
  if (elsewhere !== null) return elsewhere;
  const table =
    schema === null
      ? (found.tables.find(({ oid }) => oid === found.resolved) ?? tableIn(found, found.noted))
      : tableIn(found, schema);
  return table === undefined ? chooseWithout(found, wanted) : chooseResolved(table, found, wanted);
}

function tableIn({ tables }: Found, schema: string | null): FoundTable | undefined {
  return tables.find((table) => table.schema === schema && table.name === 'interviewer');
}

const NAME_IT = 'Name its schema: ?schema=... at the end of DATABASE_URL, or DATABASE_SCHEMA.';

function refuseSchema({ schemas, closed_schemas, role, database, tables }: Found, schema: string): Choice | null {
  if (!schemas.includes(schema))
    return refuse(`There is no schema ${quoted(schema)} in the database ${database}`, foundHint(tables));
  if (!closed_schemas.includes(schema)) return null;
  const grant = `grant usage on schema ${quoted(schema)} to ${quoted(role)}`;
  return refuse(`The role ${quoted(role)} may not use the schema ${quoted(schema)}`, `As its owner, run: ${grant}.`);
}

/** Checked because a pooler may drop start-up parameters without an error. */
function refuseDroppedPath(found: Found, asked: string): Choice | null {
  const { schema, search_path, noted } = found;
  if (normalized(search_path) === normalized(asked) && schema !== null) return null;
  const [first = ''] = normalized(asked).split(',');
  // The service needs no path, and its role's path does not lead to the table.
  if (first === noted) return null;
  return (
    refuseSchema(found, first) ??
    refuse(
      `A pooler dropped the schema ${quoted(first)} from the connection, and the search_path is ${search_path}`,
      `Name the schema by ?schema=${encodeURIComponent(first)} or DATABASE_SCHEMA, which need no search_path.`,
    )
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
  const unusable = refuseShape(table) ?? refuseSchemaOwner(table, found);
  if (unusable !== null) return unusable;
  const others = found.tables.filter(({ oid }) => oid !== table.oid);
  const rivals = others.filter((other) => isTable(other) && other.has_primary_key);
  const kept = keptElsewhere(table, found, wanted);
  if (kept !== undefined) {
    return refuse(
      `This system keeps ${nameOf(kept)} of this database in sync, and the connection leads to ${nameOf(table)}`,
      `${NAME_IT} One database has one table in sync.`,
    );
  }
  const isNamed = wanted.schema !== null || wanted.searchPath !== null;
  // A schema other than the default is in a search path on purpose.
  const decided = table.adopted || isNamed || (table.schema !== 'public' && found.search_path !== DEFAULT_PATH);
  if (!decided && rivals.length > 0) {
    return refuse(
      `There are several tables that may be the platform's: ${listTables([table, ...rivals])}`,
      `Say which: ?schema=public at the end of DATABASE_URL (or DATABASE_SCHEMA) for ${nameOf(table)}.`,
    );
  }
  return { ok: true, table: inUse(found, table.schema, { created: false, others }) };
}

/** With this path, any role that may create a schema can put a schema named like the connecting role before public. */
const DEFAULT_PATH = '"$user", public';

/**
 * Refuses another table than the one already in sync. A search path that leads elsewhere than the note is no decision:
 * another role may have created a table there that looks the same.
 */
function keptElsewhere(table: FoundTable, found: Found, { schema }: Wanted): FoundTable | undefined {
  const noted = tableIn(found, found.noted);
  if (schema === null && noted !== undefined && noted.oid !== table.oid) return noted;
  if (table.adopted) return undefined;
  return found.tables.find((other) => isTable(other) && other.has_primary_key && other.adopted);
}

function chooseWithout(found: Found, wanted: Wanted): Choice {
  const { tables, database, migrated, role } = found;
  const schema = wanted.schema ?? found.schema;
  if (tables.length > 0) return refuseOthers(found, schema);
  if (migrated) {
    return refuse(
      `The table interviewer, which the migrations had taken over, is no longer in the database ${database}`,
      'Restore it from a backup; or drop schema voice_agent_sync cascade, and begin again.',
    );
  }
  if (!wanted.create) {
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

/** Tables of that name exist, but the connection leads to none of them. */
function refuseOthers({ tables, closed_schemas, role }: Found, schema: string | null): Choice {
  const why = `The connection leads to no table interviewer (its schema is ${schema ?? 'none'}), but there is ${listTables(tables)}`;
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

/**
 * Refuses a schema of another role, which could put anything into it, such as a function that the migrations then run.
 */
function refuseSchemaOwner(table: FoundTable, { schema_owner, role, database }: Found): Choice | null {
  if (schema_owner === null || table.of_schema_owner === true) return null;
  return refuse(
    `The schema voice_agent_sync of the database ${database} belongs to the role ${quoted(schema_owner)}, which owns neither the database nor ${nameOf(table)}`,
    `Drop that schema unless this system made it; otherwise give it to the role of the migrations: alter schema voice_agent_sync owner to ${quoted(role)}.`,
  );
}

function inUse(
  { database, role }: Found,
  schema: string,
  { created, others }: { readonly created: boolean; readonly others: readonly FoundTable[] },
): TableInUse {
  return { database, schema, table: 'interviewer', role, created, others: others.map(nameOf) };
}

function normalized(searchPath: string): string {
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
