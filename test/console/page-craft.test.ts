/** Keyboard, accessibility, phones, zoom, themes, print and long lists, in a real browser. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { SAMPLE_AGENTS } from '../../infra/local/sample-account.ts';
import { expectAccessible } from './axe.ts';
import { eventually, settledScroll } from './eventually.ts';
import { browserIsThere, launchBrowser, type OpenConsole, openConsole } from './open-console.ts';
import { BILLING, BOB } from './sample-ids.ts';

jest.setTimeout(120_000);

const VIEWS = ['overview', 'agents', 'runs', 'operations', 'events', 'settings', 'api'] as const;
const NEW = 'agent_new';
const PHONE = { width: 390, height: 844 };
/** 1280 by 1024 at 400 %. */
const ZOOMED = { width: 320, height: 256 };
const MANY = 10_000;

(browserIsThere() ? describe : describe.skip)('the page', () => {
  let browser: Browser;
  let at: OpenConsole;
  /** Each test goes to its own address in it: to open another page takes ten times the processor time. */
  let page: Page;
  beforeAll(async () => {
    browser = await launchBrowser();
    at = await openConsole(browser, { agents: SAMPLE_AGENTS });
    const { system } = at;
    await system.call('GET /api/audit-agents');
    await system.call('POST /api/sync-retell-agents');
    for (let times = 0; times < 4; times += 1) await system.call('POST /api/sync-retell-agents');
    system.simulator.account.delete(BOB);
    system.simulator.account.addAgent({
      agent_id: NEW,
      agent_name: 'Interview, new',
      voice_id: '11labs-Adrian',
    });
    await system.call('GET /api/audit-agents');
    page = await at.open();
  });
  afterAll(async () => {
    await browser.close();
    await at.close();
  });

  const belowTheWindow = (): Promise<number> =>
    page.evaluate('document.documentElement.scrollHeight - innerHeight - scrollY');
  const focused = (): Promise<string> => page.evaluate('document.activeElement?.textContent ?? ""');

  describe('axe finds no violations, in light or in dark,', () => {
    test('in the views', async () => {
      for (const view of VIEWS) {
        await at.show(page, view);
        await expectAccessible(page, view);
      }
      await at.show(page, 'overview');
      await page.getByText('As a table').click();
      await expectAccessible(page, 'trend as a table');
      await at.show(page, 'runs');
      await page.getByRole('button', { name: /quiet syncs/ }).click();
      await page.locator('button[aria-expanded=true]').waitFor();
      await expectAccessible(page, 'quiet runs');
      await at.show(page, 'operations');
      await page.getByRole('button', { name: 'Dry run', exact: true }).click();
      await page.getByRole('region', { name: 'Plan' }).waitFor();
      await expectAccessible(page, 'plan');
      for (const summary of await page.getByText('As commands').all()) await summary.click();
      await expectAccessible(page, 'commands');
    });

    test('in drawers and dialogs', async () => {
      await at.show(page, `agents?agent=${BILLING}`);
      await page.getByRole('dialog').getByText('Name pattern').waitFor();
      await expectAccessible(page, 'agent');
      await at.show(page, 'runs?run=2');
      await page.getByRole('dialog').getByText('New voice-enabled agent').first().waitFor();
      await expectAccessible(page, 'run');
      // Over every view.
      for (const view of VIEWS) {
        await at.show(page, `${view}?agent=${NEW}`);
        await page.getByRole('dialog').getByText('Fix this agent').waitFor();
        await expectAccessible(page, `agent over ${view}`);
      }
      await page.keyboard.press('Escape');
      await at.show(page, 'agents');
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
      await expectAccessible(page, 'keys');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog', { name: 'Go to' }).waitFor();
      await expectAccessible(page, 'palette');
      await page.keyboard.press('Escape');
    });
  });

  test('works with Tab, Enter and Escape alone', async () => {
    await at.show(page, 'overview');
    await page.locator('.score').waitFor();
    await page.getByRole('link', { name: 'Agents', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('searchbox').focus();
    await page.keyboard.type('billing');
    await page.getByRole('link', { name: 'Billing support' }).waitFor();
    for (let steps = 0; steps < 20 && (await focused()) !== 'Billing support'; steps += 1) {
      await page.keyboard.press('Tab');
    }
    expect(await focused()).toBe('Billing support');
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog', { name: 'Billing support' });
    await drawer.waitFor();
    expect(await focused()).toBe('Close');
    await page.keyboard.press('Enter');
    await drawer.waitFor({ state: 'hidden' });
    expect(await focused()).toBe('Billing support');
  });

  test('g a, /, j, k, Enter and ? work, except while typing', async () => {
    await at.show(page, 'overview');
    await page.locator('.score').waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await page.getByRole('table', { name: 'Agents' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('g j ?');
    expect(await page.getByRole('searchbox').inputValue()).toBe('g j ?');
    await page.getByRole('searchbox').fill('');
    await page.getByRole('searchbox').blur();
    await page.getByRole('link', { name: 'Interview, new' }).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    expect(await focused()).toBe('Interview, new');
    await page.keyboard.press('k');
    expect(await focused()).toBe('Empathetic Bob');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Empathetic Bob' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).getByText('Search').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    // A view without a search field has the palette.
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.getByRole('heading', { name: 'Set-up' }).waitFor();
    await page.keyboard.press('/');
    await page.getByRole('dialog', { name: 'Go to' }).waitFor();
    await page.keyboard.press('Escape');
  });

  test('the palette opens agents and starts operations by name', async () => {
    await at.show(page, 'runs');
    await page.getByRole('table', { name: 'Runs' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog', { name: 'Go to' }).waitFor();
    await page.keyboard.type('lisa');
    await page.getByRole('option', { name: /Explorer Lisa/ }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Explorer Lisa' }).waitFor();
    expect(page.url()).toContain('#/runs?agent=');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^Go to/ }).click();
    await page.getByRole('dialog', { name: 'Go to' }).waitFor();
    await page.keyboard.type('dry');
    await page.getByRole('option', { name: /^Dry run/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'Plan' }).waitFor();
  });

  test('needs no sideways scrolling on a phone and on a desktop at 400 % zoom', async () => {
    const small = await at.open();
    const expectNoOverhang = async (where: string, part = 'document.documentElement') => {
      for (const size of [PHONE, ZOOMED]) {
        await small.setViewportSize(size);
        const overhang = () => small.evaluate<number>(`${part}.scrollWidth - innerWidth`);
        await eventually(async () => ({ where, size, overhang: await overhang() }), { where, size, overhang: 0 });
      }
    };
    for (const address of [...VIEWS, `agents?agent=${BILLING}`, `overview?agent=${NEW}`, 'runs?run=2']) {
      await at.show(small, address);
      await expectNoOverhang(address);
    }
    await small.getByText('As commands').first().waitFor();
    for (const summary of await small.getByText('As commands').all()) await summary.click();
    await expectNoOverhang('commands of a run', 'document.querySelector("dialog")');
    await at.show(small, 'operations');
    await small.getByRole('button', { name: 'Dry run', exact: true }).click();
    await small.getByRole('region', { name: 'Plan' }).waitFor();
    await expectNoOverhang('plan');
    await small.close();
  });

  test('the chosen theme survives a reload', async () => {
    const own = await at.open('overview', { colorScheme: 'light' });
    const background = () => own.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    await own.locator('.plot canvas').waitFor();
    const light = await background();
    await own.getByRole('button', { name: 'Theme: system. Switch to light' }).click();
    expect(await background()).toBe(light);
    await own.getByRole('button', { name: 'Theme: light. Switch to dark' }).click();
    expect(await background()).not.toBe(light);
    await own.reload();
    await own.getByRole('button', { name: 'Theme: dark. Switch to system' }).waitFor();
    expect(await background()).not.toBe(light);
    await own.close();
  });

  test('nothing is animated when reduced motion is requested', async () => {
    await at.show(page, 'agents');
    await page.getByRole('table').waitFor();
    const moving = () =>
      page.evaluate('document.getAnimations().filter(({ playState }) => playState === "running").length');
    expect(await moving()).toBe(0);
    // Neither while something is loading.
    let go = () => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    await page.route('**/api/sync-retell-agents', async (route) => {
      await held;
      await route.continue();
    });
    await at.show(page, 'operations');
    await page.getByRole('button', { name: 'Dry run', exact: true }).click();
    await page.getByRole('progressbar').waitFor();
    expect(await moving()).toBe(0);
    go();
    await page.getByRole('progressbar').waitFor({ state: 'hidden' });
    await page.getByRole('region', { name: 'Plan' }).waitFor();
    await page.unroute('**/api/sync-retell-agents');
    // The icon of what is loading is an image, whose animations the document does not list.
    await page.evaluate(
      "document.body.append(Object.assign(document.createElement('p'), { id: 'busy', ariaBusy: 'true' }))",
    );
    expect(await page.evaluate("getComputedStyle(document.getElementById('busy'), '::before').content")).toBe('none');
    await page.evaluate("document.getElementById('busy').remove()");
  });

  test('the tooltip of a time names its zone', async () => {
    await at.show(page, 'runs');
    const time = page.getByRole('table', { name: 'Runs' }).locator('time').first();
    expect(await time.getAttribute('title')).toMatch(/\d{4}.*(CET|CEST|GMT\+[12])$/);
    expect(await time.getAttribute('datetime')).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  test(`renders few of ${MANY} agents at a time, and all that match when printing`, async () => {
    await at.system.database.query(
      `insert into voice_agent_sync.retell_agent (agent_id, read_at, gone, agent_name, voice_id, version, is_published,
         language, last_modification_timestamp)
       select 'agent_many_' || n, now(), false, 'Interview ' || n, '11labs-Adrian', 1, true, 'en-US', 0
       from generate_series(1, $1) n`,
      [MANY],
    );
    // Retell does not know them.
    at.allow(404);
    await at.show(page, 'agents');
    await page.getByRole('searchbox').fill('agent_many');
    await page.getByRole('status').filter({ hasText: '10,000 of' }).waitFor();
    const table = page.getByRole('table', { name: 'Agents' });
    expect(await table.getAttribute('aria-rowcount')).toBe(String(MANY + 1));
    expect(await table.getByRole('row').count()).toBeLessThan(60);
    await page.getByRole('searchbox').blur();
    await page.keyboard.press('End');
    await page.getByRole('link', { name: 'Interview 10000', exact: true }).waitFor();
    const scrolled = await settledScroll(page);
    expect(await belowTheWindow()).toBeLessThanOrEqual(1);
    expect(await table.getByRole('row').count()).toBeLessThan(60);
    await page.getByRole('link', { name: 'Interview 9996', exact: true }).click();
    await page.getByRole('dialog').getByText('9,996 of 10,000').waitFor();
    await page.locator('tr.current').getByText('Interview 9996').waitFor();
    expect(await settledScroll(page)).toBe(scrolled);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(await settledScroll(page)).toBe(scrolled);
    expect(await focused()).toBe('Interview 9996');
    await page.keyboard.press('Home');
    await page.getByRole('link', { name: 'Interview 1', exact: true }).waitFor();
    expect(await settledScroll(page)).toBe(0);
    await page.getByRole('searchbox').fill('interview 777');
    await page.getByRole('link', { name: 'Interview 7777', exact: true }).waitFor();
    const found = Number((await page.getByRole('status').first().textContent())?.split(' ')[0]);
    await page.emulateMedia({ media: 'print' });
    const printed = page.locator('table.rows tbody tr[data-index]');
    await eventually(() => printed.count(), found);
    await page.emulateMedia({ media: null });
    await page.getByRole('searchbox').fill('interview 77');
    await page
      .getByRole('status')
      .filter({ hasText: /^[23]\d\d of/ })
      .waitFor();
    // Hundreds of rows on paper need more pages than the rows of a window do.
    const paper = await page.pdf({ format: 'A4' });
    expect(paper.toString('latin1').match(/\/Type \/Page\b/g)?.length).toBeGreaterThan(9);
  });
});
