/** What is taken out of the page: copies, commands, files, print, and dates in the reader's language. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { SAMPLE_AGENTS } from '../../infra/local/sample-account.ts';
import { browserIsThere, launchBrowser, type OpenConsole, openConsole } from './open-console.ts';

jest.setTimeout(60_000);

const SYNC = 'POST /api/sync-retell-agents';
const NEW = 'agent_new';
const BILLING = 'agent_b4e19f7c5602da8371e8c03d96';

(browserIsThere() ? describe : describe.skip)('the page', () => {
  let browser: Browser;
  let at: OpenConsole;
  beforeAll(async () => {
    browser = await launchBrowser();
    at = await openConsole(browser, { agents: SAMPLE_AGENTS });
    const { system } = at;
    await system.call('GET /api/audit-agents');
    for (let times = 0; times < 5; times += 1) await system.call(SYNC);
    system.simulator.account.addAgent({ agent_id: NEW, agent_name: 'Interview, new', voice_id: '11labs-Adrian' });
    await system.call('GET /api/audit-agents');
  });
  afterAll(async () => {
    await browser.close();
    await at.close();
  });

  const show = async (page: Page, address: string) => {
    await page.goto(`${at.url}/#/${address}`);
    await page.locator('.panel').first().waitFor();
    await page
      .getByText(/^Loading/)
      .first()
      .waitFor({ state: 'hidden' });
  };

  test('dates follow the language of the browser', async () => {
    const shown = async (locale: string) => {
      const page = await at.open('runs', { locale });
      const time = page.getByRole('table', { name: 'Runs' }).locator('time').first();
      return time.textContent();
    };
    const now = new Date();
    const month = (locale: string) => now.toLocaleDateString(locale, { month: 'short', timeZone: 'Europe/Berlin' });
    expect(await shown('de-DE')).toContain(month('de-DE'));
    expect(await shown('fr-FR')).toContain(month('fr-FR'));
    expect(await shown('ja-JP')).toContain(month('ja-JP'));
  });

  test('copy buttons copy ids and commands', async () => {
    const page = await at.open(`agents?agent=${BILLING}`);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy agent id' }).click();
    await page.getByText('Copied', { exact: true }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(BILLING);
    await page.keyboard.press('Escape');
    await show(page, 'operations');
    await page.getByText('As commands').first().click();
    await page.getByRole('button', { name: 'Copy the dry run as a curl command' }).click();
    await page.getByText('Copied', { exact: true }).waitFor();
    const line = await page.evaluate('navigator.clipboard.readText()');
    expect(line).toBe(
      `curl -X POST '${at.url}/api/sync-retell-agents' -H 'Content-Type: application/json' -d '{"dry_run":true}'`,
    );
  });

  test('every action has its curl command, and its arguments for the command line', async () => {
    const page = await at.open('operations');
    await page.getByText('As commands').first().waitFor();
    for (const summary of await page.getByText('As commands').all()) await summary.click();
    const lines = page.locator('.commands code');
    const cli = (await lines.allTextContents()).filter((line) => line.startsWith('npm'));
    // The command line would otherwise look for the service at its default port.
    expect(cli).toEqual(
      ['diff', 'sync', 'sync --full', 'cleanup --older-than-days 7 --dry-run'].map(
        (words) => `npm run cli -- ${words} --url '${at.url}'`,
      ),
    );
    await show(page, `overview?agent=${NEW}`);
    await page.getByRole('dialog').getByText('As commands').click();
    await page.getByRole('dialog').getByText(`-d '{"agent_id":"${NEW}"}'`).waitFor();
    await page.getByRole('dialog').getByText(`npm run cli -- sync --agent-id '${NEW}'`).waitFor();
    await show(page, 'runs?run=2');
    await page.getByRole('dialog').getByText('As commands').click();
    await page.getByRole('dialog').getByText('npm run cli -- undo 2 --dry-run').waitFor();
  });

  test('printing the runs unfolds them and leaves the buttons out', async () => {
    const page = await at.open('runs');
    const rows = page.getByRole('table', { name: 'Runs' }).locator('tbody tr:not(.quiet-runs)');
    await page.getByRole('button', { name: /quiet syncs/ }).waitFor();
    const folded = await rows.count();
    await page.emulateMedia({ media: 'print' });
    await rows.nth(folded + 2).waitFor();
    expect(await page.getByRole('button').count()).toBe(0);
  });

  test('the CSV files hold the filtered agents and runs', async () => {
    const page = await at.open('agents?search=billing');
    const saved = async (): Promise<string> => {
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Download CSV' }).click();
      const chunks: Buffer[] = [];
      for await (const chunk of await (await download).createReadStream()) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks).toString();
    };
    expect((await saved()).split('\r\n')).toEqual([
      'agent_id,name,state,reason,voice_id,language,last_changed',
      expect.stringMatching(`^${BILLING},Billing support,Skipped,Agent name does not match`),
    ]);
    await show(page, 'runs?changed=yes');
    await page.getByRole('table', { name: 'Runs' }).waitFor();
    expect(await saved()).toMatch(/^run,kind,.*\r\n2,Sync,manual,Succeeded,[^\r]*,9 created,/);
  });
});
