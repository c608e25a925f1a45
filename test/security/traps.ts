/** Functions and operators with which a role makes other roles' sessions run its code, and the roles that ran them. */
import { randomUUID } from 'node:crypto';
import type { Query } from '../../shared/db/pool.ts';

/** Creates them as this role, which needs no right except to create in the schema public. */
export async function setTraps(query: Query, role: string, traps: readonly string[]): Promise<void> {
  await query(
    `set role ${role};
     create table public.loot (runs_as text);
     grant insert on public.loot to public;
     ${traps.join(';\n')};
     reset role`,
  );
}

/** The roles that ran a trap. */
export const fallenInto = (query: Query) => query('select distinct runs_as from public.loot');

/** A function that fits some call better than Postgres' own function of that name, and runs the attacker's code. */
export function trap(signature: string, returns: string, result: string): string {
  return `create function public.${signature} returns ${returns} language plpgsql as $trap$
    begin
      insert into public.loot values (current_user);
      return ${result};
    end $trap$`;
}

export function operatorTrap(operator: string, left: string, right: string): string {
  const name = `trap_${randomUUID().replaceAll('-', '')}`;
  return `${trap(`${name}(${left}, ${right})`, 'boolean', 'true')};
    create operator public.${operator} (function = public.${name}, leftarg = ${left}, rightarg = ${right})`;
}

const PAIRS = [
  ['name', 'name'],
  ['name', 'varchar'],
  ['text', 'varchar'],
  ['oid', 'regclass'],
  ['oid', 'regrole'],
  ['oid', 'regnamespace'],
  ['"char"', 'text'],
  ['int2', 'int4'],
] as const;

export const TRAPS = [
  trap('format(text, name)', 'text', `'select 1'`),
  trap('format(text, name, text)', 'text', `'select 1'`),
  trap('format(text, text)', 'text', `'select 1'`),
  trap('quote_ident(name)', 'text', `'x'`),
  trap('hashtextextended(text, integer)', 'bigint', '1'),
  trap('pg_advisory_xact_lock(integer)', 'integer', '1'),
  trap('pg_advisory_lock(numeric)', 'integer', '1'),
  trap('has_database_privilege(text, name, text)', 'boolean', 'true'),
  trap('has_schema_privilege(oid, varchar)', 'boolean', 'true'),
  trap('has_table_privilege(oid, varchar)', 'boolean', 'true'),
  trap('to_regclass(varchar)', 'regclass', 'null'),
  trap('to_regrole(varchar)', 'regrole', 'null'),
  trap('row_security_active(regclass)', 'boolean', 'false'),
  trap('pg_get_serial_sequence(name, name)', 'text', 'null'),
  ...['=', '<>', '!~', '||'].flatMap((operator) => PAIRS.map(([left, right]) => operatorTrap(operator, left, right))),
];
