/** The pages that the comparison reads: they must not depend on whether Postgres has analyzed the tables yet. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { type ComparisonInput, compareListing } from '../../../shared/db/comparison.ts';
import type { Query } from '../../../shared/db/pool.ts';
import { rulesFingerprint } from '../../../shared/domain/comparison.ts';
import { useSharedSystem } from '../../support/system.ts';

const AGENTS = 2_000;
const TABLES = ['public.interviewer', 'voice_agent_sync.retell_agent', 'voice_agent_sync.agreement'];

const system = useSharedSystem({ env: { RETELL_CONCURRENCY: '50' } });
beforeAll(async () => {
  for (const table of TABLES) await system.database.query(`alter table ${table} set (autovacuum_enabled = false)`);
  system.simulator.seed(AGENTS);
  const { body } = await system.call('POST /api/sync-retell-agents');
  if (body.counts.created !== AGENTS) throw new Error(`The sync of the set-up did not finish: ${body.message}`);
});

/** The listing, in which the first `changed` agents were edited since the sync. */
function inputOf(changed: number): ComparisonInput {
  const entries = system.simulator.account.inOrder().map(({ agent_id, user_modified_timestamp, versions }, index) => ({
    agent_id,
    name: versions.at(-1)?.settings.agent_name ?? null,
    stamp: user_modified_timestamp + (index < changed ? 1 : 0),
  }));
  return { entries, fingerprint: rulesFingerprint(system.services().config.rules), stale_before: new Date(0) };
}

const Explained = v.object({
  'QUERY PLAN': v.pipe(
    v.array(v.object({ Plan: v.object({ 'Shared Hit Blocks': v.number(), 'Shared Read Blocks': v.number() }) })),
    v.transform(([first]) =>
      first === undefined ? 0 : first.Plan['Shared Hit Blocks'] + first.Plan['Shared Read Blocks'],
    ),
  ),
});

async function pagesRead(input: ComparisonInput): Promise<number> {
  let pages = 0;
  const explain: Query = async (text, values) => {
    const [row] = await system.services().database.query(`explain (analyze, buffers, format json) ${text}`, values);
    pages = v.parse(Explained, row)['QUERY PLAN'];
    return [];
  };
  await expect(compareListing(explain, input)).rejects.toThrow('The statement returned no row');
  return pages;
}

async function pagesOfTables(): Promise<number> {
  const [row] = await system.database.query<{ pages: number }>(
    `select sum(pg_relation_size(name::regclass) / 8192)::integer as pages from unnest($1::text[]) as name`,
    [TABLES],
  );
  return row?.pages ?? 0;
}

describe.each(['never analyzed', 'analyzed'])('in tables that were %s', (state) => {
  beforeAll(async () => {
    if (state === 'analyzed') await system.database.query('analyze');
  });

  test.each([0, 10])('the comparison with %d changed agents reads each page a few times', async (changed) => {
    const input = inputOf(changed);
    const { left_out } = await compareListing(system.services().database.query, input);
    expect(left_out.in_sync).toBe(AGENTS - changed);
    expect(await pagesRead(input)).toBeLessThan(6 * (await pagesOfTables()));
  });
});
