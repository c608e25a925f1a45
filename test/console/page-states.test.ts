/** Empty states, loading, odd names, a long history and the trend, in a real browser. */
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { SAMPLE_AGENTS } from '../../infra/local/sample-account.ts';
import { eventually, settled } from './eventually.ts';
import { browserIsThere, holdRetell, launchBrowser, type OpenConsole, openConsole, PATIENT } from './open-console.ts';
import { BOB } from './sample-ids.ts';

jest.setTimeout(120_000);

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

(browserIsThere() ? describe : describe.skip)('the page', () => {
  let at: OpenConsole;
  afterEach(() => at.close());

  test('every view says what to do before the first sync', async () => {
    at = await openConsole(browser, { agents: SAMPLE_AGENTS });
    const page = await at.open();
    await page.getByText('Both sides were never compared in full. A dry run shows what a sync would do.').waitFor();
    await page.getByText('The trend begins with the first check.').waitFor();
    await page.getByText('Known after the first check.').waitFor();
    await page.getByRole('link', { name: 'Agents', exact: true }).click();
    await page.getByText('No agents yet. Sync reads them from Retell.').waitFor();
    await page.getByRole('link', { name: 'Runs' }).click();
    await page.getByText('No run yet.').waitFor();
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('button', { name: 'Dry run' }).click();
    await page.getByRole('region', { name: 'Plan' }).waitFor();
    await page.getByText('Nothing to restore').waitFor();
  });

  test('an empty account is named as such', async () => {
    at = await openConsole(browser, {});
    await at.system.call('POST /api/sync-retell-agents');
    const page = await at.open();
    await page.getByText('The Retell account has no agents. Create one in Retell').waitFor();
    await page.getByRole('link', { name: 'Agents', exact: true }).click();
    await page.getByText('The Retell account has no agents. Create one in Retell').waitFor();
  });

  test('[D25] a required column without a value is shown once, with the statement as it is to be run', async () => {
    at = await openConsole(browser, { agents: SAMPLE_AGENTS });
    await at.system.database.query('alter table interviewer add "Weight" numeric not null');
    await at.system.call('POST /api/scheduled-sync');
    const page = await at.open();
    const statement = 'alter table public.interviewer alter column "Weight" set default 0;';
    await page.getByRole('region', { name: 'Needs attention' }).getByText(statement, { exact: true }).waitFor();
    expect(await page.getByText(statement, { exact: true }).count()).toBe(1);
  });

  test('isolates and escapes odd names, and distinguishes agents of the same name', async () => {
    const voice_id = '11labs-Adrian';
    at = await openConsole(browser, {
      agents: [
        {
          agent_id: 'agent_\u202Eturn',
          agent_name: 'Interview \u202Egnp.exe',
          voice_id: 'voice\u2066',
        },
        { agent_id: 'agent_blank', agent_name: 'Interview\u200B B ', voice_id },
        { agent_id: 'agent_hebrew', agent_name: 'ראיון interview', voice_id },
        { agent_id: 'agent_aaaa1111', agent_name: 'Interview twin', voice_id },
        { agent_id: 'agent_aaaa2222', agent_name: 'Interview twin', voice_id },
      ],
    });
    await at.system.call('POST /api/sync-retell-agents');
    const page = await at.open('agents');
    await page.getByRole('link', { name: 'Interview \\u202Egnp.exe' }).click();
    const drawer = page.getByRole('dialog', { name: 'Interview \\u202Egnp.exe' });
    await drawer.getByRole('heading', { name: 'Timeline' }).waitFor();
    expect(await page.locator('bdi').count()).toBeGreaterThan(4);
    await page.getByRole('cell', { name: 'agent_\\u202Eturn' }).waitFor();
    expect(await page.evaluate('/\\p{Cf}/u.test(document.body.innerText)')).toBe(false);
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Interview\\u200B B␣' }).waitFor();
    await page.getByRole('link', { name: 'ראיון interview' }).waitFor();
    await page.getByRole('link', { name: 'Interview twin …1111' }).waitFor();
    await page.getByRole('link', { name: 'Interview twin …2222' }).waitFor();
  });

  test('folds quiet runs, filters the history, and loads older runs', async () => {
    at = await openConsole(browser, { agents: SAMPLE_AGENTS });
    await at.system.call('POST /api/sync-retell-agents');
    await at.system.database.query(
      `insert into voice_agent_sync.run (kind, trigger, status, started_at, finished_at, duration_ms, message, retell_calls,
         counts, health_score, discrepancies)
       select 'scheduled', 'schedule', 'succeeded', now() - (70 - n) * interval '5 minutes', now(), 900, 'nothing to change',
         1, '{"unchanged": 9}', 100, 0
       from generate_series(1, 60) n`,
    );
    const page = await at.open('runs');
    const table = page.getByRole('table', { name: 'Runs' });
    const quiet = page.getByRole('button', { name: /^49 quiet syncs, .* to / });
    await quiet.waitFor();
    expect(await table.getByRole('row').count()).toBe(3);
    await quiet.click();
    await eventually(() => table.getByRole('row').count(), 52);
    await quiet.click();
    await page.getByRole('button', { name: 'Load older runs' }).click();
    await page.getByRole('row', { name: /Sync .*9 created/ }).waitFor();
    await page.reload();
    await quiet.waitFor();
    // The service looks through the whole history.
    await page.getByRole('link', { name: 'With changes' }).click();
    await eventually(() => table.getByRole('row').count(), 2);
    await page.reload();
    await page.getByRole('row', { name: /Sync .*9 created/ }).waitFor();
    expect(await table.getByRole('row').count()).toBe(2);
  });

  test('the trend covers the chosen time, has a table, and each point opens its run', async () => {
    at = await openConsole(browser, { agents: SAMPLE_AGENTS });
    await at.system.database.query(
      `insert into voice_agent_sync.run (kind, trigger, status, started_at, finished_at, duration_ms, message, retell_calls,
         counts, health_score, discrepancies)
       select 'scheduled', 'schedule', status, now() - ago, now() - ago, 900, 'm', 1, '{}',
         case when status = 'succeeded' then 100 - n end, n
       from (values (1, 'succeeded', interval '60 days'), (2, 'succeeded', interval '3 days'), (3, 'failed', interval '3 hours'),
         (4, 'partial', interval '2 hours'), (5, 'succeeded', interval '1 hour')) v (n, status, ago)`,
    );
    const page = await at.open('agents');
    const loaded = ['failed', 'partial', 'held'].map((status) =>
      page.waitForResponse((response) => response.url().includes(`status=${status}`)),
    );
    await Promise.all([...loaded, page.getByRole('link', { name: 'Overview' }).click()]);
    const plot = page.locator('.plot');
    await page.locator('.plot[data-points="3"]').waitFor();
    // What the responses change is drawn: a click on a plot that is being replaced would be lost.
    await settled(page, "document.querySelector('.plot .uplot')");
    expect(await plot.getAttribute('aria-label')).toBe(
      'Health from 95 to 95 over 1 check, 95 at its lowest. 1 failed. 1 not scored.',
    );
    // The plot shows 24 hours, although the history is shorter: at its middle, the first check is the nearest one.
    const box = await plot.locator('.u-over').boundingBox();
    const clickAt = (part: number) =>
      page.mouse.click((box?.x ?? 0) + (box?.width ?? 0) * part, (box?.y ?? 0) + (box?.height ?? 0) / 2);
    await clickAt(0.5);
    await page.getByRole('dialog', { name: 'Run 3' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await clickAt(0.99);
    await page.getByRole('dialog', { name: 'Run 5' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.getByRole('link', { name: '7 days' }).click();
    await page.locator('.plot[data-points="4"]').waitFor();
    await page.getByRole('link', { name: '90 days' }).click();
    await page.locator('.plot[data-points="5"]').waitFor();
    await page.reload();
    await page.locator('.plot[data-points="5"]').waitFor();
    await page.getByText('As a table').click();
    const numbers = page.getByRole('table', { name: 'Trend' });
    expect(await numbers.getByRole('row').allTextContents()).toEqual([
      'CheckedHealthOut of sync',
      expect.stringMatching(/955$/),
      expect.stringMatching(/not scored–$/),
      expect.stringMatching(/failed–$/),
      expect.stringMatching(/982$/),
      expect.stringMatching(/991$/),
    ]);
    await numbers.getByRole('link').last().click();
    await page.getByRole('dialog', { name: 'Run 1' }).waitFor();
  });
});

(browserIsThere() ? describe : describe.skip)('the page of an account in sync', () => {
  let at: OpenConsole;
  let page: Page;
  beforeAll(async () => {
    at = await openConsole(browser, { agents: SAMPLE_AGENTS, ...PATIENT });
    await at.system.call('POST /api/sync-retell-agents');
    page = await at.open();
  });
  afterAll(() => at.close());

  test('a search or filter without a result links back to the whole list', async () => {
    await at.show(page, 'agents?search=no+such+agent');
    await page.getByText('No agent matches.').waitFor();
    await page.getByRole('link', { name: 'Show all 14' }).click();
    await page.getByRole('table', { name: 'Agents' }).waitFor();
    await page.getByRole('link', { name: 'Runs' }).click();
    await page.getByRole('link', { name: 'Failed' }).click();
    await page.getByText('No run matches.').waitFor();
    await page.getByRole('link', { name: 'Show all' }).click();
    await page.getByRole('table', { name: 'Runs' }).waitFor();
  });

  test('says what it is loading', async () => {
    await at.show(page, 'api');
    let go = () => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    await page.route('**/api/**', async (route) => {
      await held;
      await route.continue();
    });
    await page.reload();
    await page.getByRole('status').filter({ hasText: 'Loading' }).waitFor();
    go();
    await page.getByText('Sync now, or show what a sync would do').waitFor();
    await page.unroute('**/api/**');
  });

  test('an agent that Retell fails to send stays on the page with its reason while the page tries again', async () => {
    const { system } = at;
    const isDetail = { path: /get-agent/ };
    const stop = system.simulator.fault({ match: isDetail, respond: { kind: 'response', status: 500 } });
    at.allow(502);
    // Loaded again, the page has not seen the agent.
    await page.goto('about:blank');
    await at.show(page, `agents?agent=${BOB}`);
    const drawer = page.getByRole('dialog');
    const reason = drawer.getByRole('alert').filter({ hasText: 'Retell' });
    await reason.waitFor();
    await drawer.getByRole('heading', { name: 'Timeline' }).waitFor();
    stop();
    const letGo = holdRetell(system);
    await page.waitForRequest(/agent_id=/);
    await settled(page, 'document.body.textContent');
    expect([await reason.count(), await drawer.getByRole('heading', { name: 'Timeline' }).count()]).toEqual([1, 1]);
    letGo();
    await reason.waitFor({ state: 'hidden' });
    await drawer.getByText('Verified just now').waitFor();
  });
});
