/** What a new user must find within a minute, from the overview and by what the page itself shows. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { agentEvent } from '../../infra/local/retell-simulator/events.ts';
import { SAMPLE_AGENTS } from '../../infra/local/sample-account.ts';
import { browserIsThere, launchBrowser, type OpenConsole, openConsole } from './open-console.ts';

jest.setTimeout(60_000);

const SYNC = 'POST /api/sync-retell-agents';
const BOB = 'agent_2b7d51e8c03f96a4728e1db5c7';

(browserIsThere() ? describe : describe.skip)('a new user', () => {
  let browser: Browser;
  let at: OpenConsole;
  beforeAll(async () => {
    browser = await launchBrowser();
    at = await openConsole(browser, { agents: SAMPLE_AGENTS });
    await at.system.call(SYNC);
  });
  afterAll(async () => {
    await browser.close();
    await at.close();
  });

  test('sees at once whether all is well', async () => {
    const page = await at.open();
    await page.getByText('Every eligible agent has an interviewer that matches it.').waitFor();
    expect(await page.locator('.score').textContent()).toMatch(/^100In sync/);
  });

  test('finds out why an agent is not an interviewer', async () => {
    const page = await at.open();
    await page.getByRole('link', { name: 'Agents', exact: true }).click();
    await page.getByRole('searchbox').fill('billing');
    await page.getByRole('row', { name: /Billing support .*does not match interview patterns/ }).click();
    await page
      .getByRole('dialog')
      .getByText(/^It matches once a word of the name starts/)
      .waitFor();
  });

  test('undoes the last change of a name', async () => {
    const { system } = at;
    system.simulator.account.edit(BOB, { agent_name: 'Patient Bob' }, { publish: true });
    await system.webhook(agentEvent('updated', { agent_id: BOB }));
    const page = await at.open();
    await page.getByRole('link', { name: 'Runs' }).click();
    await page.getByRole('row', { name: /name: “Empathetic Bob” → “Patient Bob”/ }).click();
    await page.getByRole('button', { name: 'Preview the undo' }).click();
    await page.getByRole('button', { name: 'Undo 1 change' }).click();
    await page.getByText('The undo set back 1 name.').waitFor();
    expect(await system.row(BOB)).toMatchObject({ name: 'Empathetic Bob' });
  });

  test('finds why webhooks do not arrive', async () => {
    await at.system.webhook(agentEvent('updated', { agent_id: BOB }), { key: 'key_of_another_account' });
    await at.system.webhook(agentEvent('updated', { agent_id: BOB }));
    const page = await at.open();
    await page.getByRole('link', { name: 'Events' }).click();
    await page.getByText('no key matches').first().waitFor();
    await page.getByText(`${at.url}/api/retell-webhook`).waitFor();
  });

  test('confirms a blocked run, and can name its reason', async () => {
    const { system } = at;
    at.allow(409);
    for (const { agent_id = '' } of SAMPLE_AGENTS.slice(2, 8)) system.simulator.account.delete(agent_id);
    await system.call(SYNC);
    const page = await at.open();
    await page.getByRole('button', { name: 'Review' }).first().click();
    await page.getByRole('dialog').getByText('Agent no longer exists in Retell').first().waitFor();
    await page.getByRole('button', { name: 'Orphan 6 interviewers' }).click();
    await page.getByText('Sync completed: 6 orphaned.').waitFor();
  });
});
