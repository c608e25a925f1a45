import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createServiceDatabase, type ServiceDatabase } from './service-database.ts';

let database: ServiceDatabase;

const RIGHTS = {
  'schema public': 'USAGE',
  interviewer:
    'DELETE, INSERT, SELECT, UPDATE (agent_id, agent_version, language, last_synced_at, name, orphan_reason, ' +
    'orphaned_at, retell_metadata, retell_modified_at, sync_status, voice_id)',
  interviewer_id_seq: 'USAGE',
  interview: 'SELECT (interviewer_id)',
  'schema voice_agent_sync': 'USAGE',
  'voice_agent_sync.migration': 'SELECT',
  'voice_agent_sync.platform': 'SELECT',
  'voice_agent_sync.run':
    'INSERT (kind, phase, trigger, undoes), SELECT, UPDATE (blocked, confirmation, counts, discrepancies, discrepancy_list_digest, duration_ms, error_code, ' +
    'evidence_since, finished_at, health_score, health_status, hint, message, phase, plan, progress_done, progress_total, ' +
    'recommendations, request_id, retell_calls, skip_list_digest, stale_before, status, summary, warning_list_digest)',
  'voice_agent_sync.audit_log': 'INSERT, SELECT',
  'voice_agent_sync.conflict': 'INSERT, SELECT, UPDATE',
  'voice_agent_sync.discrepancy_list': 'INSERT, SELECT, UPDATE (digest)',
  'voice_agent_sync.skip_list': 'INSERT, SELECT, UPDATE (digest)',
  'voice_agent_sync.warning_list': 'INSERT, SELECT, UPDATE (digest)',
  'voice_agent_sync.prune_history(integer)': 'EXECUTE',
  'voice_agent_sync.prune_unknown_agents(integer)': 'EXECUTE',
  'voice_agent_sync.archived_interviewer': 'INSERT, SELECT, UPDATE (restored_at)',
  'voice_agent_sync.retell_agent': 'INSERT, SELECT, UPDATE',
  'voice_agent_sync.agreement': 'INSERT, SELECT, UPDATE',
  'voice_agent_sync.webhook_count': 'INSERT, SELECT, UPDATE',
  'voice_agent_sync.webhook_event': 'INSERT, SELECT, UPDATE',
  'voice_agent_sync.webhook_event_id_seq': 'USAGE',
  'voice_agent_sync.webhook_invalid_slot': 'USAGE',
  'voice_agent_sync.webhook_refused_slot': 'USAGE',
  'voice_agent_sync.creation': 'DELETE, INSERT, SELECT, UPDATE',
  'voice_agent_sync.unread_agent': 'DELETE, INSERT, SELECT, UPDATE',
};

/** The rights of every role in a new database. */
const RIGHTS_OF_PUBLIC = {
  database: 'CONNECT, TEMPORARY',
  'schema public': 'USAGE',
};

/** Grants by object: all grants to the role, or the grants to PUBLIC beyond Postgres' defaults. */
async function rightsOf(who: 'role' | 'public'): Promise<Record<string, string>> {
  const rows = await database.query<{ object: string; rights: string }>(
    `with object (name, part, place, acl) as (
       select oid::regclass::text, null, relnamespace, relacl from pg_class
       union all
       select attrelid::regclass::text, attname, relnamespace, attacl
       from pg_attribute join pg_class on pg_class.oid = attrelid
       union all
       select oid::regprocedure::text, null, pronamespace, coalesce(proacl, acldefault('f', proowner)) from pg_proc
       union all
       select 'schema ' || nspname, null, oid, nspacl from pg_namespace
       union all
       select 'database', null, null, coalesce(datacl, acldefault('d', datdba))
       from pg_database where datname = current_database()
     ), given as (
       select name, privilege_type || case when is_grantable then ' with grant option' else '' end
         || coalesce(' (' || string_agg(part, ', ' order by part) || ')', '') as privilege
       from object cross join aclexplode(acl)
       where case $1
         when 'role' then grantee = $2::regrole
         else grantee = 0
           and place is distinct from 'pg_catalog'::regnamespace
           and place is distinct from 'information_schema'::regnamespace
       end
       group by name, privilege_type, is_grantable, part is null
     )
     select name as object, string_agg(privilege, ', ' order by privilege collate "C") as rights
     from given group by name`,
    [who, database.role],
  );
  return Object.fromEntries(rows.map(({ object, rights }) => [object, rights]));
}

describe.each([
  ['in which its owner alone may create', 'USAGE'],
  ['in which all roles may create, as up to Postgres 14', 'CREATE, USAGE'],
])('beside a schema of the platform %s', (_, rights) => {
  beforeAll(async () => {
    database = await createServiceDatabase();
    if (rights !== 'USAGE') await database.query('grant create on schema public to public');
    await database.makeRole();
  });
  afterAll(() => database.drop());

  test('[S72] the role of the service has the rights in this list, and no others', async () => {
    expect(await rightsOf('role')).toEqual(RIGHTS);
    expect(await rightsOf('public')).toEqual({ ...RIGHTS_OF_PUBLIC, 'schema public': rights });
  });

  test('[S73] the role belongs to no other role, has only the attribute LOGIN, and is named nowhere else', async () => {
    const [role] = await database.query(
      `select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
       (select count(*)::integer from pg_auth_members where member = pg_roles.oid) as memberships
     from pg_roles where rolname = $1`,
      [database.role],
    );
    expect(role).toEqual({
      rolsuper: false,
      rolcreaterole: false,
      rolcreatedb: false,
      rolreplication: false,
      rolbypassrls: false,
      memberships: 0,
    });
    // Postgres records what refers to a role: as owner (o), in rights (a), in a policy (r).
    const places = await database.query(
      `select distinct classid::regclass::text as catalogue, deptype::text as how
     from pg_shdepend where refobjid = $1::regrole order by 1`,
      [database.role],
    );
    expect(places).toEqual([
      { catalogue: 'pg_class', how: 'a' },
      { catalogue: 'pg_namespace', how: 'a' },
      { catalogue: 'pg_policy', how: 'r' },
      { catalogue: 'pg_proc', how: 'a' },
    ]);
  });

  test('[S63] the next deployment revokes any further rights on interviewers and on our tables', async () => {
    const { role } = database;
    await database.query(`grant all on interviewer to ${role} with grant option`);
    await database.query(`grant update (image, audio, empathy), references on interviewer to ${role}`);
    await database.query(`grant all on all tables in schema voice_agent_sync to ${role}`);
    await database.query(`grant insert (status, message) on voice_agent_sync.run to ${role}`);
    await database.query(`grant all on all functions in schema voice_agent_sync to ${role}`);
    await database.makeRole();
    expect(await rightsOf('role')).toEqual(RIGHTS);
  });
});
