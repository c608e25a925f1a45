/** What people do on the page, in a real browser. */
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { tabIcon } from '../../functions/console/page/shell/tab.ts';
import { SAMPLE_AGENTS } from '../../infra/local/sample-account.ts';
import { expectAccessible } from './axe.ts';
import { eventually } from './eventually.ts';
import { browserIsThere, comeBack, launchBrowser, type OpenConsole, openConsole, PATIENT } from './open-console.ts';
import { BOB } from './sample-ids.ts';

jest.setTimeout(120_000);

const SCRIPT = '<img src=x onerror=alert(1)>';

(browserIsThere() ? describe : describe.skip)('the page', () => {
  let browser: Browser;
  let at: OpenConsole;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());
  afterEach(() => at.close());

  const sampleAccount = async () => {
    const agents = [...SAMPLE_AGENTS, { agent_id: 'agent_script', agent_name: SCRIPT }];
    at = await openConsole(browser, { agents, ...PATIENT });
    return at.system;
  };
  const inSync = async () => {
    const system = await sampleAccount();
    await system.call('POST /api/sync-retell-agents');
    return system;
  };
  const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true }).first().click();
  const seen = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor();

  test('leads from a new account through a dry run, whose plan can be discarded, to the first sync', async () => {
    const system = await sampleAccount();
    const page = await at.open();
    await seen(page, 'Both sides were never compared in full.');
    await page.getByRole('link', { name: 'Agents', exact: true }).click();
    await seen(page, 'No agents yet.');

    await page.getByRole('link', { name: 'Operations' }).click();
    await press(page, 'Dry run');
    const plan = page.getByRole('region', { name: 'Plan' });
    await plan.getByRole('heading', { name: 'A sync would create 9.' }).waitFor();
    await plan.getByText('Interviewers to create 9').waitFor();
    await plan.getByText('Explorer Lisa').waitFor();
    await plan.getByText('nothing was written').waitFor();
    expect(await system.rows()).toHaveLength(0);
    await press(page, 'Discard');
    await plan.waitFor({ state: 'hidden' });
    expect(await system.rows()).toHaveLength(0);

    await press(page, 'Dry run');
    await press(page, 'Apply 9 changes');
    await page.getByRole('region', { name: 'Result' }).getByText('Interviewers created 9').waitFor();
    expect(await system.rows()).toHaveLength(9);
    await page.getByRole('link', { name: 'Overview' }).click();
    await seen(page, 'Every eligible agent has an interviewer that matches it.');
    expect(await page.locator('.score').textContent()).toMatch(/^100In syncverified /);
  });

  test('[S22] [S23] says why an agent was skipped, and shows names as text, never as markup', async () => {
    await inSync();
    const page = await at.open('agents');
    await page.getByRole('searchbox', { name: 'Search agents' }).fill('billing');
    await page.getByRole('link', { name: 'Billing support' }).click();
    const drawer = page.getByRole('dialog', { name: 'Billing support' });
    const rule = drawer.getByRole('listitem').filter({ hasText: 'Name pattern' });
    expect(await rule.textContent()).toMatch(/^No.*does not match interview patterns/);
    expect(await rule.textContent()).toMatch(/It matches once a word of the name starts with one of .*“lisa”.*“flow”/);
    await drawer.getByText('No interviewer needed', { exact: true }).waitFor();
    await page.goto(`${at.url}/#/agents?agent=${BOB}`);
    const bob = page.getByRole('dialog', { name: 'Empathetic Bob' });
    await bob.getByText('Name matches the interview patterns by “Empathetic”').waitFor();
    await bob.getByText(/^Last changed just now · Verified just now$/).waitFor();
    await at.show(page, 'agents');
    await page.getByRole('link', { name: SCRIPT }).click();
    await page.getByRole('dialog', { name: SCRIPT }).getByText('Name pattern').waitFor();
    expect(await page.locator('img').count()).toBe(0);
  });

  test('shows what is out of sync and fixes it, and the trend grows', async () => {
    const system = await inSync();
    const page = await at.open();
    await page.locator('.plot[data-points="1"]').waitFor();
    system.simulator.account.edit(BOB, { agent_name: 'Patient Bob' }, { publish: true });
    await press(page, 'Check again');
    await seen(page, 'Name differs');
    expect(await page.getByText('run a sync, which').count()).toBe(0);
    await page.getByRole('row', { name: 'Name Empathetic Bob old Patient Bob new' }).waitFor();
    await page.locator('.plot[data-points="2"]').waitFor();
    expect(await page.locator('.score').textContent()).toMatch(/^94Out of syncverified /);

    await press(page, 'Fix Empathetic Bob');
    await seen(page, 'Every eligible agent has an interviewer that matches it.');
    expect(await page.getByText('Name differs').count()).toBe(0);
    await page.locator('.plot[data-points="3"]').waitFor();
    await page.getByRole('link', { name: 'Show each change' }).click();
    await seen(page, 'name: “Empathetic Bob” → “Patient Bob”');
    await page.getByRole('link', { name: 'Runs' }).click();
    const run = page.getByRole('row', { name: /^Sync of one agent.* 1 updated/ });
    await run.getByRole('link').click();
    const log = page.getByRole('dialog', { name: /^Run \d+$/ });
    await log.getByText('name: “Empathetic Bob” → “Patient Bob”').waitFor();
  });

  test('shows the progress of a sync', async () => {
    const system = await sampleAccount();
    await system.configure({ RETELL_CONCURRENCY: '1' });
    system.simulator.seed(20);
    // A run that takes less than five seconds stores no progress; the last agents are held until it is seen.
    const { promise: isSeen, resolve: letGo } = Promise.withResolvers<void>();
    system.simulator.setLatency(async () => {
      if (system.simulator.requests.count('/get-agent/') > 27) await isSeen;
      return { there: 250, back: 0 };
    });
    const page = await at.open('operations');
    await press(page, 'Full sync');
    await seen(page, /Reading agents from Retell, \d+ of 30/);
    await page.getByRole('button', { name: 'Sync now', disabled: true }).waitFor();
    letGo();
    await page.getByRole('region', { name: 'Result' }).getByText('Interviewers created 29').waitFor();
    await page.getByText('Reading agents from Retell').waitFor({ state: 'hidden' });
    expect(await system.rows()).toHaveLength(29);
  });

  test('a cleanup applies to what the preview showed, and can be restored', async () => {
    const system = await inSync();
    system.simulator.account.delete(BOB);
    await system.call('POST /api/sync-retell-agents');
    const page = await at.open('operations');
    await press(page, 'Preview');
    await seen(page, 'No interviewer has been an orphan for more than 7 days.');
    await page.getByLabel('Orphaned for more than').fill('0');
    await press(page, 'Preview');
    const preview = page.getByRole('region', { name: 'Preview of the cleanup' });
    await preview.getByText('Empathetic Bob').waitFor();
    await expectAccessible(page);
    expect(await system.rows()).toHaveLength(9);

    // The cleanup applies to the preview, not to the changed field.
    await page.getByLabel('Orphaned for more than').fill('30');
    await press(page, 'Clean up 1 interviewer');
    await page.getByRole('region', { name: 'Result of the cleanup' }).waitFor();
    await page.getByRole('checkbox', { name: /Empathetic Bob/ }).check();
    await expectAccessible(page);
    expect(await system.rows()).toHaveLength(8);
    await press(page, 'Restore 1 interviewer');
    await seen(page, 'Restore completed: 1 of 1 restored.');
    expect(await system.rows()).toHaveLength(9);
  });

  test('reports a failed sync in every session until one succeeds', async () => {
    const system = await inSync();
    const stop = system.simulator.fault({ match: {}, respond: { kind: 'response', status: 402 } });
    expect((await system.call('POST /api/scheduled-sync')).status).toBe(502);
    const page = await at.open();
    const notice = page.getByRole('alert').filter({ hasText: 'Scheduled sync failed' });
    await notice.getByRole('link', { name: 'Show the run' }).waitFor();
    expect(await page.locator('.score').textContent()).toMatch(/^100Unknownlast known /);
    await page.getByText('Agents in Retell · last known').waitFor();
    const colorOf = (selector: string) =>
      page.locator(selector).first().evaluate('element => getComputedStyle(element).color');
    expect(await colorOf('.score > span')).toBe(await colorOf('.health > .muted'));
    expect(await colorOf('.figures dd > a')).toBe(await colorOf('.health > .muted'));
    await eventually(() => page.title(), '? · Overview · Voice agent sync');
    const icon = () => page.locator('link[rel=icon]').getAttribute('href');
    await eventually(icon, tabIcon('calm'));
    stop();
    await press(page, 'Sync now');
    await seen(page, 'Sync completed: nothing to change.');
    expect(await notice.count()).toBe(0);
    await page.reload();
    await page.locator('.score').waitFor();
    expect(await notice.count()).toBe(0);
    expect(await page.locator('.score').textContent()).toMatch(/^100In syncverified /);
    // Warnings are listed, so it is not green.
    await eventually(icon, tabIcon('warn'));
  });

  test('asks for the token once, shows nothing without it, and sends a refused one only once, as that raises an alarm', async () => {
    at = await openConsole(browser, { agents: SAMPLE_AGENTS, env: { SYNC_AUTH_TOKEN: 'the-token-of-the-tests' } });
    at.allow(401);
    await at.system.call(
      'POST /api/sync-retell-agents',
      {},
      { headers: { authorization: 'Bearer the-token-of-the-tests' } },
    );
    const page = await at.open();
    const field = page.getByLabel('Access token');
    await field.waitFor();
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    await comeBack(page);
    await field.fill('not-this-token');
    await press(page, 'Continue');
    await seen(page, 'That token was refused.');
    expect(requests.filter((url) => url.includes('/api/'))).toHaveLength(1);
    expect(await page.locator('.score').count()).toBe(0);
    await expectAccessible(page);
    await field.fill('the-token-of-the-tests');
    await field.press('Enter');
    await page.locator('.score').waitFor();
    // 1280 pixels wide: the button that forgets the token, and the others, are beside the views.
    const [views, forget] = await Promise.all(
      [page.getByRole('link', { name: 'Overview' }), page.getByRole('button', { name: 'Forget token' })].map((one) =>
        one.boundingBox(),
      ),
    );
    expect(forget?.x).toBeGreaterThan(views?.x ?? 0);
    await page.reload();
    await page.locator('.score').waitFor();
    await page.getByRole('link', { name: 'API' }).click();
    const download = page.waitForEvent('download');
    await press(page, 'Download openapi.json');
    expect((await download).suggestedFilename()).toBe('openapi.json');

    const stranger = await at.open();
    await stranger.getByLabel('Access token').waitFor();
    await press(page, 'Forget token');
    await field.waitFor();
  });

  test('reports an unreachable service in one place, keeps its data, and recovers', async () => {
    await inSync();
    at.allow('Failed to load resource');
    const page = await at.open();
    await page.locator('.score').waitFor();
    await page.route('**/api/**', (route) => route.abort());
    await press(page, 'Check again');
    await page.getByRole('alert').filter({ hasText: 'The page shows what was known just now.' }).waitFor();
    expect(await page.getByText('The service cannot be reached.').count()).toBe(1);
    await expectAccessible(page);
    // Known before: nothing of it is green, or says that both sides are in sync now.
    expect(await page.locator('.score.last-known > :first-child').textContent()).toBe('100');
    expect(await page.locator('.score .badge').textContent()).toContain('Unknown');
    await seen(page, 'The service could not be reached. This is what was known before.');
    expect(await page.title()).toBe('? · Overview · Voice agent sync');
    expect(await page.getByText('Both sides are in sync.').count()).toBe(0);
    await page.unroute('**/api/**');
    await page.getByText('The service cannot be reached.').first().waitFor({ state: 'hidden' });
    await page.locator('.score .badge', { hasText: 'In sync' }).waitFor();
    await press(page, 'Check again');
    await seen(page, 'Checked: health 100, everything in sync.');
  });
});
