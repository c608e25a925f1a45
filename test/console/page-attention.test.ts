/** What needs attention on the overview, and the undo of a run. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { interviewAgents } from '../support/agents.ts';
import { expectAccessible } from './axe.ts';
import { eventually } from './eventually.ts';
import { browserIsThere, launchBrowser, type OpenConsole, openConsole } from './open-console.ts';

jest.setTimeout(120_000);

const SYNC = 'POST /api/sync-retell-agents';
const ID = 'agent_1';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

(browserIsThere() ? describe : describe.skip)('a conflict of names', () => {
  let at: OpenConsole;
  let page: Page;
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

  test('shows both names, is not green while it is open, and leaves once it is acknowledged', async () => {
    const conflict = attention().getByRole('listitem').filter({ hasText: 'Name conflict' });
    await conflict.getByText('Interview D', { exact: true }).waitFor();
    expect(await attention().getByRole('listitem').count()).toBe(1);
    expect(await page.locator('.score .badge').getAttribute('class')).toBe('badge warn');
    await eventually(() => page.title(), '● 100 · Overview · Voice agent sync');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Acknowledge the conflict of Interview R' }).click();
    await attention().getByText('Both sides are in sync.').waitFor();
  });

  test("keeps the platform's name by a button that shows first what it puts back", async () => {
    await page.getByRole('button', { name: "Keep the platform's name of Interview R" }).click();
    const dialog = page.getByRole('dialog', { name: 'Keep “Interview D”' });
    await dialog.getByText('Set back', { exact: true }).waitFor();
    expect(await at.system.row(ID)).toMatchObject({ name: 'Interview R' });
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Undo 1 change' }).click();
    await attention().getByText('Both sides are in sync.').waitFor();
    expect(await at.system.row(ID)).toMatchObject({ name: 'Interview D' });
    expect(await dialog.count()).toBe(0);
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
    await expectAccessible(page);
    await preview.getByRole('button', { name: 'Undo 1 change' }).click();
    await drawer.getByRole('region', { name: 'Undo', exact: true }).waitFor();
    expect(await at.system.row(ID)).toMatchObject({ name: 'Interview D' });
    await page.keyboard.press('Escape');
    await attention().getByText('Both sides are in sync.').waitFor();
  });
});

const entry = (page: Page, word: string) =>
  page.getByRole('region', { name: 'Needs attention' }).getByRole('listitem').filter({ hasText: word });

(browserIsThere() ? describe : describe.skip)('an entry of Needs attention', () => {
  let at: OpenConsole;
  let page: Page;
  beforeAll(async () => {
    // With Retell's own address, for the links to its dashboard; the requests go to the simulator.
    at = await openConsole(browser, {
      agents: interviewAgents(5),
      env: { RETELL_BASE_URL: 'https://api.retellai.com' },
    });
    const { account } = at.system.simulator;
    await at.system.call(SYNC);
    account.edit('agent_2', { agent_name: 'Interview agent 3' }, { publish: true });
    account.edit('agent_4', { voice_id: 'v2' });
    account.delete('agent_5');
    account.addAgent({ agent_id: 'agent_again', agent_name: 'Interview agent 5', voice_id: 'v' });
    await at.system.call('POST /api/scheduled-sync');
    account.edit(ID, { agent_name: 'Interview  spaced ', voice_id: 'v2' }, { publish: true });
    await at.system.call('GET /api/audit-agents');
    page = await at.open();
  });
  afterAll(() => at.close());

  test('shows old and new values side by side, with their spaces, the points, and a button that fixes it', async () => {
    await at.show(page, 'overview');
    const differs = entry(page, 'Voice differs');
    const row = (name: string) => differs.getByRole('row', { name });
    await row('Name').waitFor();
    expect(await row('Name').getByRole('cell').allTextContents()).toEqual([
      'Interview agent 1 old',
      'Interview␣␣spaced␣ new',
    ]);
    expect(await row('Voice').getByRole('cell').last().textContent()).toBe('v2 new');
    await differs.getByText('−10 points').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Fix Interview agent 1' }).click();
    await page.getByText('Every eligible agent has an interviewer that matches it.').waitFor();
  });

  test('compares the agents of one name side by side, and opens each in Retell', async () => {
    await at.show(page, 'overview');
    await page.getByRole('button', { name: 'Compare duplicates of Interview agent 3' }).click();
    const dialog = page.getByRole('dialog', { name: 'Compare 2 agents' });
    await dialog.getByRole('row', { name: 'Id agent_2 agent_3' }).waitFor();
    expect(
      await dialog
        .getByRole('link', { name: /^Open in Retell/ })
        .first()
        .getAttribute('href'),
    ).toBe('https://dashboard.retellai.com/agents/agent_2');
    await expectAccessible(page);
    const { width, height } = page.viewportSize() ?? { width: 0, height: 0 };
    await page.setViewportSize({ width: 320, height: 256 });
    await eventually(() => page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0);
    await page.setViewportSize({ width, height });
    await page.keyboard.press('Escape');
  });

  test('of an unpublished draft opens the agent in Retell', async () => {
    await at.show(page, 'overview');
    const draft = entry(page, 'Unpublished draft');
    expect(await draft.getByRole('link', { name: 'Open in Retell: Interview agent 4' }).getAttribute('href')).toBe(
      'https://dashboard.retellai.com/agents/agent_4',
    );
    await draft.getByRole('link', { name: 'Interview agent 4', exact: true }).click();
    await page.getByRole('dialog', { name: 'Interview agent 4' }).waitFor();
  });

  test('of an agent that was created again leads to the preview of the cleanup', async () => {
    await at.show(page, 'overview');
    const recreated = entry(page, 'Re-created agent');
    await recreated.getByRole('button', { name: 'Compare both of Interview agent 5' }).waitFor();
    await recreated.getByRole('link', { name: 'Preview cleanup' }).click();
    await page.getByText('No interviewer has been an orphan for more than 7 days.').waitFor();
  });
});

(browserIsThere() ? describe : describe.skip)('the list of Needs attention', () => {
  let at: OpenConsole;
  afterEach(() => at.close());

  test('names no request and no status code, whatever is listed', async () => {
    at = await openConsole(browser, { agents: interviewAgents(8) });
    at.allow(409);
    await at.system.call(SYNC);
    at.system.simulator.account.edit('agent_8', { agent_name: 'Interview agent 7' }, { publish: true });
    for (let number = 1; number < 7; number += 1) at.system.simulator.account.delete(`agent_${number}`);
    await at.system.call(SYNC);
    const page = await at.open();
    await entry(page, 'Blocked').getByRole('button', { name: 'Review' }).waitFor();
    await entry(page, 'Missing in Retell').first().waitFor();
    for (const name of ['Health', 'Needs attention']) {
      expect(await page.getByRole('region', { name }).innerText()).not.toMatch(/GET|POST|\/api\/|HTTP|status \d/);
    }
    await expectAccessible(page);
  });

  test('of 5,000 discrepancies shows ten, and links to the rest', async () => {
    at = await openConsole(browser, {});
    await at.system.call(SYNC);
    await at.system.database.query(
      `insert into voice_agent_sync.retell_agent (agent_id, read_at, gone, agent_name, voice_id, version, is_published,
         language, last_modification_timestamp)
       select 'agent_many_' || n, now(), false, 'Interview ' || n, '11labs-Adrian', 1, true, 'en-US', 0
       from generate_series(1, 5000) n`,
    );
    const page = await at.open();
    await page.getByRole('link', { name: 'Show all 5,000 out of sync' }).waitFor();
    expect(await entry(page, 'Missing interviewer').count()).toBe(10);
  });
});
