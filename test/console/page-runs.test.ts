/** The history of runs on the page: failures, blocked runs, and runs about one agent. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { agentEvent } from '../../infra/local/retell-simulator/events.ts';
import { SAMPLE_AGENTS } from '../../infra/local/sample-account.ts';
import { expectAccessible } from './axe.ts';
import { browserIsThere, launchBrowser, type OpenConsole, openConsole } from './open-console.ts';
import { BOB } from './sample-ids.ts';

jest.setTimeout(120_000);

const SYNC = 'POST /api/sync-retell-agents';

(browserIsThere() ? describe : describe.skip)('the history', () => {
  let browser: Browser;
  let at: OpenConsole;
  let page: Page;
  beforeAll(async () => {
    browser = await launchBrowser();
    at = await openConsole(browser, { agents: SAMPLE_AGENTS });
    const { system } = at;
    await system.call(SYNC);
    system.simulator.account.edit(BOB, { agent_name: 'Patient Bob' }, { publish: true });
    await system.webhook(agentEvent('updated', { agent_id: BOB }));
    const stop = system.simulator.fault({ match: {}, respond: { kind: 'response', status: 402 } });
    await system.call(SYNC);
    stop();
    for (const { agent_id = '' } of SAMPLE_AGENTS.slice(2, 8)) system.simulator.account.delete(agent_id);
    await system.call(SYNC);
    page = await at.open();
  });
  afterAll(async () => {
    await browser.close();
    await at.close();
  });

  const run = () => page.getByRole('dialog', { name: /^Run \d+$/ });

  test('a failed run says what to do, its code and its request, which a button copies', async () => {
    await at.show(page, 'runs?result=failed');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const row = page.getByRole('row', { name: /Failed retell_/ });
    const code = await row.locator('code').textContent();
    await row.click();
    const { body } = await at.system.call('GET /api/sync-runs?status=failed');
    const [{ hint, request_id }] = body.runs;
    await run().getByText(hint, { exact: true }).waitFor();
    await run().getByText(request_id, { exact: true }).waitFor();
    await run().getByText(`${code}`, { exact: true }).first().waitFor();
    await expectAccessible(page);
    // The word stays only for a moment.
    await Promise.all([
      run().getByText('Copied', { exact: true }).waitFor(),
      run().getByRole('button', { name: 'Copy request id' }).click(),
    ]);
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(request_id);
  });

  test('a blocked run has the number of orphans that wait', async () => {
    await at.show(page, 'runs');
    const row = page.getByRole('row', { name: /Blocked 6 orphans wait/ });
    await row.waitFor();
    await expectAccessible(page);
    await row.click();
    await run().getByText('6 orphans wait for a confirmation').waitFor();
    await run().getByText('It would have orphaned more interviewers than usual.').waitFor();
    await expectAccessible(page);
  });

  test('a run about one agent says in the list what changed, and its undo is three clicks away, the second of which shows it', async () => {
    await at.show(page, 'runs?kind=webhook');
    const row = page.getByRole('row', { name: /1 updated .*name: “Empathetic Bob” → “Patient Bob”/ });
    await row.click();
    await run().getByRole('button', { name: 'Preview the undo' }).click();
    await run().getByText('The undo would set back 1 name.').waitFor();
    await run().getByRole('button', { name: 'Undo 1 change' }).waitFor();
    // From the agent as well.
    await at.show(page, `agents?agent=${BOB}`);
    const bob = page.getByRole('dialog', { name: 'Patient Bob' });
    await bob.getByRole('heading', { name: 'Timeline' }).waitFor();
    const [newest, first] = await bob.getByRole('list').last().getByRole('listitem').all();
    expect(await first?.textContent()).not.toContain('Undo');
    await newest?.getByRole('link', { name: 'Undo …' }).click();
    await run().getByRole('button', { name: 'Preview the undo' }).waitFor();
  });
});
