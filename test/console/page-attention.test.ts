/** What needs attention on the overview, and the undo of a run. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { interviewAgents } from '../support/agents.ts';
import { axeViolations } from './axe.ts';
import { browserIsThere, launchBrowser, type OpenConsole, openConsole } from './open-console.ts';

jest.setTimeout(60_000);

const SYNC = 'POST /api/sync-retell-agents';
const ID = 'agent_1';

(browserIsThere() ? describe : describe.skip)('a conflict of names', () => {
  let browser: Browser;
  let at: OpenConsole;
  let page: Page;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    at = await openConsole(browser, { agents: interviewAgents(3) });
    await at.system.call(SYNC);
    at.system.simulator.account.edit(ID, { agent_name: 'Interview R' }, { publish: true });
    await at.system.database.query('update interviewer set name = $1 where agent_id = $2', ['Interview D', ID]);
    await at.system.call('POST /api/scheduled-sync');
    await at.system.call('GET /api/audit-agents');
    page = await at.open();
  });
  afterEach(() => at.close());

  const attention = () => page.getByRole('region', { name: 'Needs attention' });

  test('shows both names, and leaves once it is acknowledged', async () => {
    const conflict = attention().getByRole('listitem').filter({ hasText: 'Name conflict' });
    await conflict.getByText('Interview D', { exact: true }).waitFor();
    expect(await attention().getByRole('listitem').count()).toBe(1);
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Acknowledge the conflict of Interview R' }).click();
    await attention().getByText('Both sides are in sync.').waitFor();
  });

  test('keeps the name of the platform by the undo of its run, shown before it is applied', async () => {
    await attention()
      .getByRole('link', { name: /^run \d+$/ })
      .click();
    const drawer = page.getByRole('dialog', { name: /^Run \d+$/ });
    await drawer.getByRole('button', { name: 'Preview the undo' }).click();
    const preview = drawer.getByRole('region', { name: 'Preview of the undo' });
    await preview.getByText('Set back', { exact: true }).waitFor();
    expect(await at.system.row(ID)).toMatchObject({ name: 'Interview R' });
    expect(await axeViolations(page)).toEqual([]);
    await preview.getByRole('button', { name: 'Undo 1 change' }).click();
    await drawer.getByRole('region', { name: 'Undo', exact: true }).waitFor();
    expect(await at.system.row(ID)).toMatchObject({ name: 'Interview D' });
    await page.keyboard.press('Escape');
    await attention().getByText('Both sides are in sync.').waitFor();
  });
});
