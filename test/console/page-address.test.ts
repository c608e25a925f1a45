/** Addresses, drawers and the session history, in a real browser. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { SAMPLE_AGENTS } from '../../infra/local/sample-account.ts';
import { expectAccessible } from './axe.ts';
import { eventually, settledScroll } from './eventually.ts';
import {
  browserIsThere,
  comeBack,
  holdRetell,
  launchBrowser,
  type OpenConsole,
  openConsole,
  PATIENT,
} from './open-console.ts';
import { BILLING, BOB, LISA } from './sample-ids.ts';
import { serveBelowPrefix } from './serve-below-prefix.ts';

jest.setTimeout(120_000);

/** In the order of the list, after the agent without a name. */
const SKIPPED = ['Appointment reminder', 'Billing support', 'Interview draft without a voice'] as const;

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

(browserIsThere() ? describe : describe.skip)('addresses', () => {
  let at: OpenConsole;
  let page: Page;
  beforeAll(async () => {
    at = await openConsole(browser, { agents: SAMPLE_AGENTS });
    await at.system.call('POST /api/sync-retell-agents');
    await at.system.call('POST /api/sync-retell-agents');
    page = await at.open();
  });
  afterAll(() => at.close());

  const names = (shown: Page) => shown.getByRole('table', { name: 'Agents' }).locator('td a.name').allTextContents();
  const drawer = (name: string | RegExp) => page.getByRole('dialog', { name });
  const hash = () => new URL(page.url()).hash;

  test('holds search, filter and order, so that a reload and a shared link show the same list', async () => {
    await at.show(page, 'agents');
    await page.getByRole('searchbox', { name: 'Search agents' }).fill('in');
    await page.getByRole('link', { name: /^Skipped/ }).click();
    await page
      .getByRole('link', { name: /^Agent/ })
      .last()
      .click();
    await page.getByRole('columnheader', { name: 'Agent' }).getByRole('link').click();
    await page.locator('th[aria-sort=descending]').waitFor();
    // An agent without a name is listed by its id.
    const shown = ['Website chat', SKIPPED[2], SKIPPED[1], SKIPPED[0], 'agent_d602b19e47c8f5a3067a2e5fc1'];
    await eventually(() => names(page), shown);
    await page.reload();
    await eventually(() => names(page), shown);
    expect(await page.getByRole('searchbox').inputValue()).toBe('in');
    const other = await at.open(hash().slice(2));
    await eventually(() => names(other), shown);
    await other.close();
  });

  test.each([
    ['runs?kind=sync&changed=yes&run=1', { name: 'With changes' }],
    ['events?range=7d', { name: '7 days' }],
    ['overview?range=30d', { name: '30 days' }],
  ])('a shared link to %s shows its filter', async (address, chosen) => {
    await at.show(page, address);
    await page.locator('a[aria-current=true]', { hasText: chosen.name }).waitFor();
    expect(hash()).toBe(`#/${address}`);
  });

  test('Back undoes a filter; typing a search adds no history entries', async () => {
    await at.show(page, 'agents');
    await page.getByRole('link', { name: /^Skipped/ }).click();
    await page.getByRole('searchbox').pressSequentially('bill');
    await page.getByRole('status').filter({ hasText: '1 of' }).waitFor();
    await page.goBack();
    await page.getByRole('status').filter({ hasText: /^14$/ }).waitFor();
    expect(hash()).toBe('#/agents');
  });

  test('closing a drawer returns to the list with its filter, scroll position and focus', async () => {
    const { width, height } = page.viewportSize() ?? { width: 0, height: 0 };
    await page.setViewportSize({ width: 900, height: 320 });
    await at.show(page, 'agents?state=skipped');
    const link = page.getByRole('link', { name: 'Interview draft without a voice' });
    await link.scrollIntoViewIfNeeded();
    const scrolled = await settledScroll(page);
    expect(scrolled).toBeGreaterThan(0);
    await link.click();
    await drawer('Interview draft without a voice').getByText('Both sides').waitFor();
    expect(hash()).toMatch(/^#\/agents\?state=skipped&agent=agent_/);
    await page.keyboard.press('Escape');
    await drawer('Interview draft without a voice').waitFor({ state: 'hidden' });
    expect(hash()).toBe('#/agents?state=skipped');
    expect(await settledScroll(page)).toBe(scrolled);
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Interview draft without a voice');
    await page.goForward();
    await drawer('Interview draft without a voice').waitFor();
    await page.goBack();
    await drawer('Interview draft without a voice').waitFor({ state: 'hidden' });
    await page.setViewportSize({ width, height });
  });

  test('Back leads from a run to its agent; closing returns to the list at once', async () => {
    await at.show(page, 'agents?state=in_step');
    await page.getByRole('link', { name: 'Explorer Lisa' }).click();
    await drawer('Explorer Lisa')
      .getByRole('link', { name: /^run \d+$/ })
      .first()
      .click();
    await drawer(/^Run \d+$/)
      .getByText('New voice-enabled agent')
      .first()
      .waitFor();
    await page.goBack();
    await drawer('Explorer Lisa').waitFor();
    await page.goForward();
    await drawer(/^Run \d+$/)
      .getByRole('button', { name: 'Close' })
      .click();
    await drawer(/./).waitFor({ state: 'hidden' });
    expect(hash()).toBe('#/agents?state=in_step');
  });

  test('j and k step through the list without adding history entries', async () => {
    await at.show(page, 'agents?state=skipped');
    await page.getByRole('link', { name: SKIPPED[0] }).click();
    await drawer(SKIPPED[0]).getByText('2 of 5').waitFor();
    await page.keyboard.press('k');
    await drawer(/./).getByText('1 of 5').waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await drawer(SKIPPED[1]).getByText('3 of 5').waitFor();
    await drawer(SKIPPED[1]).getByRole('button', { name: 'Next' }).click();
    await drawer(SKIPPED[2]).waitFor();
    await page.goBack();
    await drawer(/./).waitFor({ state: 'hidden' });
    expect(hash()).toBe('#/agents?state=skipped');
  });

  test('an address with a drawer opens it; closing shows the view', async () => {
    const shared = await at.open(`overview?agent=${BILLING}`);
    await shared.getByRole('dialog', { name: 'Billing support' }).getByRole('button', { name: 'Close' }).click();
    await shared.locator('.score').waitFor();
    expect(new URL(shared.url()).hash).toBe('#/overview');
    await shared.close();
  });

  test('a change of view sets the title and moves the focus to the heading', async () => {
    await at.show(page, 'overview');
    await page.locator('.score').waitFor();
    await eventually(() => page.title(), '● 100 · Overview · Voice agent sync');
    await page.getByRole('link', { name: 'Runs' }).click();
    await eventually(() => page.title(), '● 100 · Runs · Voice agent sync');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Runs');
  });

  test('a link that is followed while the page starts is not lost', async () => {
    const starting = await browser.newPage();
    await starting.addInitScript(() => {
      const once = new MutationObserver(() => {
        if (document.querySelector('#console *') === null) return;
        once.disconnect();
        // Right after the first render, when no effect has run: an event in a queue could come too late.
        history.replaceState(null, '', '#/runs');
        dispatchEvent(new HashChangeEvent('hashchange'));
      });
      once.observe(document, { childList: true, subtree: true });
    });
    await starting.goto(`${at.url}/#/overview`);
    await starting.getByRole('heading', { name: 'Runs' }).waitFor();
    await starting.close();
  });

  test('each figure of the overview links to the list that it counts', async () => {
    await at.show(page, 'overview');
    const links = page.locator('.figures a');
    await links.first().waitFor();
    const figures = await links.allTextContents();
    expect(figures).toEqual(['14', '9 interviewers', '5 skipped', '9', '9 in sync', '0', '0']);
    for (const [index, figure] of figures.entries()) {
      await links.nth(index).click();
      const listed = figure === '14' ? /^14$/ : `${Number.parseInt(figure, 10)} of 14`;
      await page.getByRole('status').filter({ hasText: listed }).waitFor();
      await page.goBack();
    }
  });

  test('the page works below a path prefix', async () => {
    const gateway = await serveBelowPrefix('/tools/sync/', at.url);
    try {
      await page.goto(`${gateway.url}#/agents?agent=${BILLING}`);
      await drawer('Billing support').getByText('Name pattern').waitFor();
      await page.keyboard.press('Escape');
      await eventually(async () => (await names(page)).length, 14);
      await page.getByRole('link', { name: 'Operations' }).click();
      await page.getByRole('button', { name: 'Dry run', exact: true }).click();
      await page.getByText('A sync would change nothing.').waitFor();
    } finally {
      await gateway.close();
    }
  });
});

(browserIsThere() ? describe : describe.skip)('an open drawer', () => {
  let at: OpenConsole;
  let page: Page;
  beforeAll(async () => {
    at = await openConsole(browser, { agents: SAMPLE_AGENTS, ...PATIENT });
    await at.system.call('POST /api/sync-retell-agents');
    page = await at.open('runs');
  });
  afterAll(() => at.close());

  test('updates while its run is running', async () => {
    const { system } = at;
    await at.show(page, 'runs');
    await page.getByRole('table', { name: 'Runs' }).waitFor();
    system.simulator.seed(10);
    // Only now: a sync has a limited time, which a page that opens must not use up.
    const letGo = holdRetell(system);
    const sync = system.call('POST /api/sync-retell-agents');
    await page.getByRole('row', { name: /Running/ }).click();
    const run = page.getByRole('dialog', { name: /^Run \d+$/ });
    await run.getByText('Running', { exact: true }).waitFor();
    letGo();
    await sync;
    await run.getByText('10 created.').waitFor();
    await run.getByText('New voice-enabled agent').first().waitFor();
  });

  test('updates when a run changes its agent', async () => {
    const { system } = at;
    await at.show(page, `agents?agent=${BOB}`);
    await page.getByRole('dialog', { name: 'Empathetic Bob' }).getByText('Timeline').waitFor();
    system.simulator.account.edit(BOB, { agent_name: 'Patient Bob' }, { publish: true });
    await system.call('POST /api/sync-retell-agents');
    await comeBack(page);
    const renamed = page.getByRole('dialog', { name: 'Patient Bob' });
    await renamed.getByText('name: “Empathetic Bob” → “Patient Bob”').waitFor();
    await page
      .getByRole('row', { name: /Patient Bob/ })
      .first()
      .waitFor();
  });

  test.each([500, 401])('shows the platform side and the timeline while Retell responds with %d', async (status) => {
    at.allow(502);
    at.allow(503);
    const stop = at.system.simulator.fault({ match: {}, respond: { kind: 'response', status } });
    // Another page has not seen the agent yet.
    const fresh = await at.open(`agents?agent=${LISA}`);
    const agent = fresh.getByRole('dialog', { name: 'Explorer Lisa' });
    await agent.getByRole('alert').waitFor();
    await agent.getByText(/^As last seen, /).waitFor();
    expect(await agent.locator('.verdict .badge').getAttribute('class')).toBe('badge calm');
    expect(await agent.locator('.verdict').innerText()).toMatch(/^\W*In sync\W*$/);
    await agent.getByRole('row', { name: 'Name – Explorer Lisa' }).waitFor();
    await agent.getByRole('row', { name: 'Status unknown active' }).waitFor();
    await agent.getByText('New voice-enabled agent from Retell AI').waitFor();
    await expectAccessible(fresh);
    stop();
    await agent.getByText('Name pattern').waitFor();
    await agent.getByRole('alert').waitFor({ state: 'hidden' });
    await agent.getByRole('row', { name: 'Name Explorer Lisa Explorer Lisa' }).waitFor();
    await fresh.close();
  });

  test('reports an unknown run without naming an endpoint', async () => {
    at.allow(404);
    await at.show(page, 'runs?run=4711');
    const alert = page.getByRole('dialog', { name: 'Run 4711' }).getByRole('alert');
    await alert.getByText('The history keeps runs for a limited time.').waitFor();
    expect(await alert.textContent()).not.toMatch(/GET|\/api/);
    expect(await alert.getByRole('time').count()).toBe(1);
  });
});
