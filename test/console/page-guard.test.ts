/** The orphan guard on the page, in a real browser. */
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { SAMPLE_AGENTS } from '../../infra/local/sample-account.ts';
import { expectAccessible } from './axe.ts';
import { browserIsThere, comeBack, launchBrowser, type OpenConsole, openConsole } from './open-console.ts';

jest.setTimeout(120_000);

(browserIsThere() ? describe : describe.skip)('the orphan guard on the page', () => {
  let browser: Browser;
  let at: OpenConsole;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());
  afterEach(() => at.close());

  const inSync = async (more = 0) => {
    at = await openConsole(browser, { agents: SAMPLE_AGENTS });
    at.allow(409);
    at.system.simulator.seed(more);
    await at.system.call('POST /api/sync-retell-agents');
    return at.system;
  };
  const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).first().click();
  const orphans = async () => (await at.system.rows()).filter(({ sync_status }) => sync_status === 'orphaned').length;

  test('shows what it blocks in every session, and a confirmation orphans exactly that', async () => {
    const system = await inSync();
    for (const { agent_id = '' } of SAMPLE_AGENTS.slice(0, 6)) system.simulator.account.delete(agent_id);
    const page = await at.open();
    await press(page, 'Sync now');
    const notice = page.getByRole('listitem').filter({ hasText: 'The orphan guard blocked the last sync' });
    await notice.waitFor();
    expect(await orphans()).toBe(0);
    await page.locator('.score').getByText('Waits for you').waitFor();
    expect(await notice.getByRole('time').count()).toBe(1);

    const later = await at.open('agents');
    await press(later, 'Review');
    const dialog = later.getByRole('dialog', { name: 'Orphan 6 interviewers' });
    await dialog.getByRole('row', { name: '6 Agent no longer exists in Retell' }).waitFor();
    await dialog.getByText('Explorer Lisa').waitFor();
    await press(later, 'Leave them active');
    await dialog.waitFor({ state: 'hidden' });
    expect(await orphans()).toBe(0);

    await press(later, 'Review');
    await press(later, 'Orphan 6 interviewers');
    await later.getByText('Sync completed: 6 orphaned.').waitFor();
    expect(await orphans()).toBe(6);
    await comeBack(page);
    await notice.waitFor({ state: 'hidden' });
  });

  test('counts by reason, lists ten, and asks for a number above 20, which stays while a request for the status fails', async () => {
    const system = await inSync(30);
    at.allow('Failed to load resource');
    const gone = system.simulator.account.inOrder().slice(-25);
    for (const { agent_id } of gone) system.simulator.account.delete(agent_id);
    await system.call('POST /api/sync-retell-agents');
    const page = await at.open();
    await page.getByRole('region', { name: 'Health' }).getByRole('button', { name: 'Review' }).click();
    const dialog = page.getByRole('dialog', { name: 'Orphan 25 interviewers' });
    const confirm = dialog.getByRole('button', { name: 'Orphan 25 interviewers' });
    await confirm.waitFor();
    expect(await dialog.locator('.diff li').count()).toBe(10);
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Show all 25' }).click();
    await dialog.locator('.diff li').nth(24).waitFor();
    expect(await dialog.locator('.diff li').count()).toBe(25);
    expect(await confirm.isDisabled()).toBe(true);
    const typed = dialog.getByLabel('Type 25 to confirm');
    await typed.fill('24');
    expect(await confirm.isDisabled()).toBe(true);
    await typed.fill('25');
    await page.route('**/api/scheduled-sync*', (route) => route.abort());
    await page.locator('.score', { hasText: 'Unknown' }).waitFor();
    expect(await typed.inputValue()).toBe('25');
    await page.unroute('**/api/scheduled-sync*');
    await page.locator('.score', { hasText: 'Waits for you' }).waitFor();
    await confirm.click();
    await page.getByText('Sync completed: 25 orphaned.').waitFor();
    expect(await orphans()).toBe(25);
  });

  test('distinguishes another account from many orphans, also in later sessions', async () => {
    const system = await inSync();
    for (const { agent_id = '' } of SAMPLE_AGENTS) system.simulator.account.delete(agent_id);
    system.simulator.account.addAgent({ agent_id: 'agent_other', agent_name: 'Interview elsewhere', voice_id: 'v' });
    const page = await at.open();
    await press(page, 'Sync now');
    await page.getByText('The last sync met another Retell account').waitFor();
    await press(page, 'Review');
    await page.getByRole('button', { name: 'Take this account, and orphan 9 interviewers' }).waitFor();
    const sides = page.getByRole('dialog').getByRole('definition');
    const shown = await sides.first().locator('bdi').allTextContents();
    expect(shown).toHaveLength(5);
    const interviewers = new Set((await system.rows()).map(({ name }) => name));
    expect(shown.filter((name) => !interviewers.has(name))).toEqual([]);
    expect(await sides.last().textContent()).toBe('Interview elsewhere');
    await expectAccessible(page);
    expect(await orphans()).toBe(0);
    const later = await at.open('runs');
    await later.getByText('The last sync met another Retell account').waitFor();
    await later
      .getByRole('row', { name: /Blocked/ })
      .getByRole('link')
      .click();
    await later.getByRole('dialog').getByText('Nothing was written. Check RETELL_API_KEY first.').waitFor();
  });
});
