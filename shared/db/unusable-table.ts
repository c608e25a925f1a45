/** Why a table cannot be kept in sync although it has the right name. */
import { suggestName } from '../suggest-name.ts';
import { type FoundTable, NO_VIEW, nameOf, quoted } from './found-tables.ts';

/** `why` is a clause, `hint` a sentence. */
export interface Refusal {
  readonly ok: false;
  readonly why: string;
  readonly hint: string;
}

export function refuse(why: string, hint: string): Refusal {
  return { ok: false, why, hint };
}

/** By its columns, their types and its rules. */
export function refuseShape(table: FoundTable): Refusal | null {
  return refuseColumns(table) ?? refuseTypes(table) ?? refuseRules(table);
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

function refuseColumns(table: FoundTable): Refusal | null {
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

function refuseTypes(table: FoundTable): Refusal | null {
  if (table.adopted || table.mistyped.length === 0) return null;
  return refuse(
    `${nameOf(table)} has columns of types that a sync cannot write: ${table.mistyped.join(', ')}`,
    "Texts, such as the agent_id of Retell, need text or varchar, and the ratings a number: change the types; or connect to the platform's database.",
  );
}

function refuseRules(table: FoundTable): Refusal | null {
  const [rule] = table.rules;
  if (rule === undefined) return null;
  return refuse(
    `${nameOf(table)} has rules (${table.rules.map(quoted).join(', ')}), beside which Postgres refuses the inserts of a sync`,
    `Make them triggers, and run: drop rule ${quoted(rule)} on ${nameOf(table)}.`,
  );
}
