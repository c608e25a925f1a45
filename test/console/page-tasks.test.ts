/** What a new user must do within a minute, from the overview and by what the page itself shows: by few clicks. */
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { agentEvent } from '../../infra/local/retell-simulator/events.ts';
import { SAMPLE_AGENTS } from '../../infra/local/sample-account.ts';
import { browserIsThere, launchBrowser, type OpenConsole, openConsole } from './open-console.ts';
import { BOB } from './sample-ids.ts';

jest.setTimeout(120_000);

const SYNC = 'POST /api/sync-retell-agents';

(browserIsThere() ? describe : describe.skip)('a new user', () => {
  let browser: Browser;
  let at: OpenConsole;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());
  afterEach(() => at.close());
  const inSync = async () => {
    at = await openConsole(browser, { agents: SAMPLE_AGENTS });
    await at.system.call(SYNC);
    return at.system;
  };

  /** The overview, which counts the clicks of the user. */
  const arrive = async () => {
    const page = await at.open();
    await page.locator('.score').waitFor();
    await page.evaluate('clicks = 0; addEventListener("click", ({ isTrusted }) => { clicks += isTrusted }, true)');
    return page;
  };
  const clicks = (page: Page) => page.evaluate<number>('clicks');

  test('sees without a click whether all is well, and by two why an agent is not an interviewer', async () => {
    await inSync();
    const page = await arrive();
    await page.getByText('Every eligible agent has an interviewer that matches it.').waitFor();
    expect(await page.locator('.score').textContent()).toMatch(/^100In sync/);
    expect(await clicks(page)).toBe(0);
    await page.getByRole('link', { name: 'Agents', exact: true }).click();
    await page.getByRole('row', { name: /Billing support .*does not match interview patterns/ }).click();
    await page
      .getByRole('dialog')
      .getByText(/^It matches once a word of the name starts/)
      .waitFor();
    expect(await clicks(page)).toBe(2);
  });

  test('undoes the last change of a name by four clicks, the third of which shows what is put back', async () => {
    const system = await inSync();
    system.simulator.account.edit(BOB, { agent_name: 'Patient Bob' }, { publish: true });
    await system.webhook(agentEvent('updated', { agent_id: BOB }));
    const page = await arrive();
    await page.getByRole('link', { name: 'Runs' }).click();
    await page.getByRole('row', { name: /name: “Empathetic Bob” → “Patient Bob”/ }).click();
    await page.getByRole('button', { name: 'Preview the undo' }).click();
    await page.getByText('The undo would set back 1 name.').waitFor();
    expect(await system.row(BOB)).toMatchObject({ name: 'Patient Bob' });
    await page.getByRole('button', { name: 'Undo 1 change' }).click();
    await page.getByText('The undo set back 1 name.').waitFor();
    expect(await system.row(BOB)).toMatchObject({ name: 'Empathetic Bob' });
    expect(await clicks(page)).toBe(4);
  });

  test('confirms a blocked run by two clicks, and sees its reason before the second', async () => {
    const system = await inSync();
    at.allow(409);
    for (const { agent_id = '' } of SAMPLE_AGENTS.slice(2, 8)) system.simulator.account.delete(agent_id);
    await system.call(SYNC);
    const page = await arrive();
    await page.getByRole('button', { name: 'Review' }).first().click();
    await page.getByRole('dialog').getByRole('row', { name: '6 Agent no longer exists in Retell' }).waitFor();
    await page.getByRole('button', { name: 'Orphan 6 interviewers' }).click();
    await page.getByText('Sync completed: 6 orphaned.').waitFor();
    expect(await clicks(page)).toBe(2);
  });

  test('finds by one click why webhooks do not arrive', async () => {
    const system = await inSync();
    await system.webhook(agentEvent('updated', { agent_id: BOB }), { key: 'key_of_another_account' });
    await system.webhook(agentEvent('updated', { agent_id: BOB }));
    const page = await arrive();
    await page.getByRole('link', { name: 'Events' }).click();
    await page.getByText('no key matches').first().waitFor();
    await page.getByText(`${at.url}/api/retell-webhook`).waitFor();
    expect(await clicks(page)).toBe(1);
  });
});
