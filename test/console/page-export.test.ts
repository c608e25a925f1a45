/** What is taken out of the page: copies, commands, files, print, and dates in the reader's language. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { SAMPLE_AGENTS } from '../../infra/local/sample-account.ts';
import { eventually } from './eventually.ts';
import { browserIsThere, launchBrowser, type OpenConsole, openConsole } from './open-console.ts';
import { BILLING } from './sample-ids.ts';

jest.setTimeout(120_000);

const SYNC = 'POST /api/sync-retell-agents';
const NEW = 'agent_new';
/** A cleanup takes it out, so that it can be restored. */
const REMOVED = { agent_id: 'agent_removed', agent_name: 'Interview removed', voice_id: '11labs-Adrian' } as const;

(browserIsThere() ? describe : describe.skip)('the page', () => {
  let browser: Browser;
  let at: OpenConsole;
  let page: Page;
  beforeAll(async () => {
    browser = await launchBrowser();
    at = await openConsole(browser, { agents: [...SAMPLE_AGENTS, REMOVED] });
    const { system } = at;
    await system.call('GET /api/audit-agents');
    await system.call(SYNC);
    system.simulator.account.delete(REMOVED.agent_id);
    await system.call(SYNC);
    await system.call('POST /api/audit-agents', { action: 'cleanup_orphaned', older_than_days: 0 });
    for (let times = 0; times < 5; times += 1) await system.call(SYNC);
    system.simulator.account.addAgent({ agent_id: NEW, agent_name: 'Interview, new', voice_id: '11labs-Adrian' });
    await system.call('GET /api/audit-agents');
    page = await at.open();
  });
  afterAll(async () => {
    await browser.close();
    await at.close();
  });

  /** Clicks, and waits for the word that stays only for a moment. */
  const copy = (name: string) =>
    Promise.all([
      page.getByText('Copied', { exact: true }).waitFor(),
      page.getByRole('button', { name, exact: true }).click(),
    ]);

  test.each([
    ['en-US', /^\p{L}+ \d{1,2}, \d\d:\d\d\s[AP]M$/u],
    ['ja-JP', /^\d{1,2}月\d{1,2}日 \d\d:\d\d$/u],
  ])('dates follow the language of the browser: %s', async (locale, format) => {
    const localized = await at.open('runs', { locale });
    const time = localized.getByRole('table', { name: 'Runs' }).locator('time').first();
    expect(await time.textContent()).toMatch(format);
    await localized.close();
  });

  test('copy buttons copy ids and commands', async () => {
    await at.show(page, `agents?agent=${BILLING}`);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await copy('Copy agent id');
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(BILLING);
    await page.keyboard.press('Escape');
    await at.show(page, 'operations');
    await page.getByText('As commands').first().click();
    await copy('Copy the dry run as a curl command');
    const line = await page.evaluate('navigator.clipboard.readText()');
    expect(line).toBe(
      `curl -X POST '${at.url}/api/sync-retell-agents' -H 'Content-Type: application/json' -d '{"dry_run":true}'`,
    );
  });

  test('a sync, a cleanup, a restore, a fix and an undo have their curl command and command line', async () => {
    const curl = (path: string, body: string) =>
      `curl -X POST '${at.url}/api/${path}' -H 'Content-Type: application/json' -d '${body}'`;
    // The command line would otherwise look for the service at its default port.
    const cli = (words: string) => `npm run cli -- ${words} --url '${at.url}'`;
    const linesIn = (part: Page | Locator) => () => part.locator('.commands code').allTextContents();

    await at.show(page, 'operations');
    await page.getByRole('checkbox', { name: /Interview removed/ }).check();
    await eventually(linesIn(page), [
      curl('sync-retell-agents', '{"dry_run":true}'),
      cli('diff'),
      curl('sync-retell-agents', '{}'),
      cli('sync'),
      curl('sync-retell-agents', '{"full":true}'),
      cli('sync --full'),
      curl('audit-agents', '{"action":"cleanup_orphaned","older_than_days":7,"dry_run":true}'),
      cli('cleanup --older-than-days 7 --dry-run'),
      curl('audit-agents', '{"action":"restore","agent_ids":["agent_removed"]}'),
      cli("restore 'agent_removed'"),
    ]);
    const drawer = page.getByRole('dialog');
    await at.show(page, `overview?agent=${NEW}`);
    await eventually(linesIn(drawer), [
      curl('sync-retell-agents', `{"agent_id":"${NEW}"}`),
      cli(`sync --agent-id '${NEW}'`),
    ]);
    await at.show(page, 'runs?run=2');
    await eventually(linesIn(drawer), [curl('sync-runs/2/undo', '{"dry_run":true}'), cli('undo 2 --dry-run')]);
    await drawer.getByText('As commands').click();
    await drawer.getByText('npm run cli -- undo 2 --dry-run').waitFor();
  });

  test('printing the runs unfolds them and leaves the buttons out', async () => {
    await at.show(page, 'runs');
    const rows = page.getByRole('table', { name: 'Runs' }).locator('tbody tr:not(.quiet-runs)');
    await page.getByRole('button', { name: /quiet syncs/ }).waitFor();
    const folded = await rows.count();
    await page.emulateMedia({ media: 'print' });
    await rows.nth(folded + 2).waitFor();
    await eventually(() => page.getByRole('button').count(), 0);
    await page.emulateMedia({ media: null });
  });

  test('the CSV files hold the filtered agents and runs', async () => {
    await at.show(page, 'agents?search=billing');
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
    await at.show(page, 'runs?changed=yes');
    const rows = (await saved()).split('\r\n');
    expect(rows.map((row) => row.split(',').slice(0, 2).join())).toEqual(['run,kind', '4,Cleanup', '3,Sync', '2,Sync']);
    expect(rows.at(-1)).toMatch(/^2,Sync,manual,Succeeded,.*,10 created,/);
  });

  test('a failed download says when it failed, and an empty list has nothing to download', async () => {
    at.allow(500);
    await at.show(page, 'runs');
    const button = page.getByRole('button', { name: 'Download CSV' });
    await page.getByRole('table', { name: 'Runs' }).waitFor();
    const json = {
      success: false,
      error: 'No file today.',
      code: 'internal_error',
      hint: 'Try again.',
      request_id: 'request_1',
    };
    await page.route('**/api/sync-runs?limit=200*', (route) => route.fulfill({ status: 500, json }));
    await button.click();
    const alert = page.getByRole('alert').filter({ hasText: 'No file today.' });
    await alert.waitFor();
    expect(await alert.getByRole('time').count()).toBe(1);
    await page.unroute('**/api/sync-runs?limit=200*');
    await at.show(page, 'agents?search=no+such+agent');
    await eventually(() => button.isDisabled(), true);
    await at.show(page, 'agents');
    await eventually(() => button.isDisabled(), false);
    await at.show(page, 'runs?result=partial');
    await eventually(() => button.isDisabled(), true);
  });
});
