/** The views of webhook events and settings, and the set-up on the overview. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { agentEvent, callEvent } from '../../infra/local/retell-simulator/events.ts';
import { SAMPLE_AGENTS } from '../../infra/local/sample-account.ts';
import { TEST_KEY } from '../support/simulator.ts';
import { expectAccessible } from './axe.ts';
import { browserIsThere, launchBrowser, type OpenConsole, openConsole } from './open-console.ts';
import { BILLING } from './sample-ids.ts';

jest.setTimeout(120_000);

const UPDATED = agentEvent('updated', { agent_id: BILLING });

(browserIsThere() ? describe : describe.skip)('the set-up on the page', () => {
  let browser: Browser;
  let at: OpenConsole;
  let page: Page;
  beforeAll(async () => {
    browser = await launchBrowser();
    at = await openConsole(browser, { agents: SAMPLE_AGENTS });
    await at.system.call('POST /api/sync-retell-agents');
    page = await at.open();
  });
  afterAll(async () => {
    await at.close();
    await browser.close();
  });

  test('the overview lists what is still to do, and stops once it is done', async () => {
    await at.show(page, 'overview');
    const setUp = page.getByRole('region', { name: 'Set-up' });
    await setUp.getByText('No event has arrived yet').waitFor();
    await setUp.getByText('3 of 5 done').waitFor();
    await setUp
      .getByRole('listitem')
      .filter({ hasText: 'Not known' })
      .getByText('The schedule has not run yet')
      .waitFor();
    await setUp.getByText(`${at.url}/api/retell-webhook`).waitFor();
    await setUp.getByRole('button', { name: 'Copy webhook URL' }).waitFor();
    // The view of the events says the same.
    await page.getByRole('link', { name: 'Events' }).click();
    const events = page.getByRole('region', { name: 'Events', exact: true });
    await events.getByText('No event has arrived yet').waitFor();
    await events.getByText(`${at.url}/api/retell-webhook`).waitFor();
    await page.getByRole('link', { name: 'Overview' }).click();
    await at.system.webhook(UPDATED);
    // Without a reload. That the schedule has not run yet is not known to be a fault, so it keeps nothing open.
    await setUp.waitFor({ state: 'hidden' });
    await page.getByText('Every eligible agent').waitFor();
  });

  test('the settings show the checklist, the webhook URL, the database and where a secret comes from', async () => {
    await at.show(page, 'settings');
    await page.getByText('Retell accepts the key').waitFor();
    await page.getByText('/api/retell-webhook').waitFor();
    const list = page.getByRole('region', { name: 'Settings' });
    await list.getByText('FULL_REFRESH_HOURS').waitFor();
    const secret = list.getByRole('listitem').filter({ hasText: 'RETELL_API_KEY' });
    expect(await secret.innerText()).not.toContain(TEST_KEY);
    await expectAccessible(page);
  });

  test('the events show counts by name, and why one was refused', async () => {
    expect((await at.system.webhook(UPDATED, { key: 'key_of_another_account' })).status).toBe(401);
    // An accepted event writes the refused ones that are counted in memory.
    await at.system.webhook(callEvent('call_ended', { agent_id: BILLING, agent_version: 0 }));
    await at.show(page, 'events');
    const counts = page.getByRole('table', { name: 'Events by name' });
    await counts.getByRole('row', { name: /^agent\.updated/ }).waitFor();
    await counts.getByRole('row', { name: /^unverified 1 1 refused/ }).waitFor();
    await page.getByText('By hour').click();
    await page
      .getByRole('table', { name: 'Events by hour' })
      .getByRole('row', { name: /:00 .*1 refused/ })
      .waitFor();
    await page.getByRole('region', { name: 'Notable events' }).getByText('no key matches').waitFor();
    await expectAccessible(page);
  });
});
