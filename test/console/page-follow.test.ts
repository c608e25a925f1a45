/** The page follows by itself, in a real browser: changes, hidden tabs, notices, and a service that cannot be reached. */
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Browser, Page, Response, Route } from 'playwright-core';
import { SAMPLE_AGENTS } from '../../infra/local/sample-account.ts';
import { eventually, settled } from './eventually.ts';
import { browserIsThere, holdRetell, launchBrowser, type OpenConsole, openConsole, PATIENT } from './open-console.ts';
import { BILLING, BOB } from './sample-ids.ts';

jest.setTimeout(120_000);

const isNotModified = (response: Response) => response.status() === 304;

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

const openInSync = async () => {
  const at = await openConsole(browser, { agents: SAMPLE_AGENTS, ...PATIENT });
  await at.system.call('POST /api/scheduled-sync');
  return at;
};
const apiRequests = (page: Page) => {
  const urls: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/api/')) urls.push(new URL(request.url()).pathname);
  });
  return urls;
};

(browserIsThere() ? describe : describe.skip)('an open page', () => {
  let at: OpenConsole;
  afterEach(() => at.close());

  const inSync = async () => {
    at = await openInSync();
    return at.system;
  };
  const setVisibility = (page: Page, state: 'hidden' | 'visible') =>
    page.evaluate(
      `Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true });
       document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`,
    );

  test('shows a change in Retell within three seconds of its event', async () => {
    const system = await inSync();
    const page = await at.open('agents');
    await page.clock.install();
    await page.reload();
    await page.getByRole('link', { name: 'Empathetic Bob' }).waitFor();
    await page.waitForResponse(isNotModified);
    const now: number = await page.evaluate('Date.now()');
    // On the page's own clock: what a busy machine takes does not count.
    const event_at = now + 60_000;
    await page.clock.pauseAt(event_at);
    system.simulator.account.edit(BOB, { agent_name: 'Patient interview Bob' }, { publish: true });
    await system.webhook({ event: 'agent_updated', agent: { agent_id: BOB } });
    await page.clock.runFor(2_200);
    const renamed = page.getByRole('link', { name: 'Patient interview Bob' });
    const isShownAfterStep = async () => {
      await page.clock.runFor(1);
      return renamed.isVisible();
    };
    await eventually(isShownAfterStep, true);
    expect((await page.evaluate<number>('Date.now()')) - event_at).toBeLessThanOrEqual(3_000);
  });

  test('shows a new failure as a gap of the trend, and loads the older gaps only once', async () => {
    const system = await inSync();
    const page = await at.open('agents');
    const plot = (name: RegExp) => page.getByRole('img', { name });
    await Promise.all([
      page.waitForResponse((response) => response.url().includes('status=failed')),
      page.getByRole('link', { name: 'Overview' }).click(),
    ]);
    await plot(/over 1 check, 100 at its lowest\.$/).waitFor();
    const urls: string[] = [];
    page.on('request', (request) => urls.push(request.url()));
    const stop = system.simulator.fault({ match: {}, respond: { kind: 'response', status: 402 } });
    await system.call('POST /api/scheduled-sync');
    stop();
    await plot(/ 1 failed\.$/).waitFor();
    expect(urls.filter((url) => url.includes('status=failed'))).toEqual([]);
    expect(urls.filter((url) => url.includes('/api/agents'))).not.toEqual([]);
  });

  test('keeps the plot of the trend as it is while a run is running', async () => {
    const system = await inSync();
    const page = await at.open('agents');
    const loaded = ['failed', 'partial', 'held'].map((status) =>
      page.waitForResponse((response) => response.url().includes(`status=${status}`)),
    );
    await Promise.all([...loaded, page.getByRole('link', { name: 'Overview' }).click()]);
    await page.locator('.plot .uplot').waitFor();
    await settled(page, "document.querySelector('.plot .uplot')");
    await page.evaluate("document.querySelector('.plot .uplot').setAttribute('data-kept', '')");
    const letGo = holdRetell(system);
    const running = system.call('POST /api/sync-retell-agents');
    await page.getByRole('status').filter({ hasText: 'Sync is running' }).waitFor();
    await settled(page, "document.querySelector('.plot .uplot')");
    expect(await page.locator('.plot .uplot[data-kept]').count()).toBe(1);
    letGo();
    await running;
  });

  test('sends no request while it is hidden, and catches up when it is shown', async () => {
    const system = await inSync();
    const page = await at.open('agents');
    await page.clock.install();
    await page.reload();
    await page.getByRole('link', { name: 'Empathetic Bob' }).waitFor();
    await page.waitForResponse(isNotModified);
    await setVisibility(page, 'hidden');
    const urls = apiRequests(page);
    await page.clock.runFor(60_000);
    expect(urls).toEqual([]);
    system.simulator.account.edit(BOB, { agent_name: 'Patient interview Bob' }, { publish: true });
    await system.webhook({ event: 'agent_updated', agent: { agent_id: BOB } });
    await setVisibility(page, 'visible');
    await page.getByRole('link', { name: 'Patient interview Bob' }).waitFor();
  });

  test('shows no failure of an earlier run beside the progress of a later one', async () => {
    const system = await inSync();
    const stop = system.simulator.fault({ match: {}, respond: { kind: 'response', status: 402 } });
    await system.call('POST /api/scheduled-sync');
    stop();
    const page = await at.open();
    const failure = page.getByRole('alert').filter({ hasText: 'Scheduled sync failed' });
    await failure.waitFor();
    expect(await failure.getByRole('time').count()).toBe(1);
    const letGo = holdRetell(system);
    const running = system.call('POST /api/sync-retell-agents');
    await page.getByRole('status').filter({ hasText: 'Sync is running' }).waitFor();
    expect(await failure.count()).toBe(0);
    letGo();
    await running;
    await page.getByRole('status').filter({ hasText: 'Sync is running' }).waitFor({ state: 'hidden' });
    expect(await failure.count()).toBe(0);
  });
});

(browserIsThere() ? describe : describe.skip)('an open page of an account in sync', () => {
  let at: OpenConsole;
  let page: Page;
  beforeAll(async () => {
    at = await openInSync();
    page = await at.open();
  });
  afterAll(() => at.close());

  /** Loads the page, which has then seen nothing but this view. */
  const load = async (address: string) => {
    await page.goto('about:blank');
    await at.show(page, address);
  };

  test('asks only for the status while nothing changes, and gets no body', async () => {
    await load('overview');
    await page.locator('.score').waitFor();
    await page.waitForResponse(isNotModified);
    const urls = apiRequests(page);
    await page.waitForResponse(isNotModified);
    await page.waitForResponse(isNotModified);
    expect(new Set(urls)).toEqual(new Set(['/api/scheduled-sync']));
  });

  test('that opens while the service cannot be reached repeats each request every five seconds, and reports it once', async () => {
    at.allow('Failed to load resource');
    await load('agents');
    const held: Route[] = [];
    let hold = false;
    await page.route('**/api/**', (route) => (hold ? held.push(route) : route.abort()));
    await page.reload();
    const failure = page.getByRole('alert').filter({ hasText: 'The service cannot be reached.' });
    await failure.waitFor();
    const gaps = () =>
      page.evaluate<number[]>(
        `Object.values(Object.groupBy(performance.getEntriesByType('resource'), ({ name }) => name))
          .flatMap((entries) => entries.slice(1).map(({ startTime }, index) => startTime - entries[index].startTime))`,
      );
    await eventually(async () => (await gaps()).length > 2, true);
    expect(Math.min(...(await gaps()))).toBeGreaterThanOrEqual(5_000);
    await page.evaluate("document.querySelector('[role=alert]').setAttribute('data-kept', '')");
    hold = true;
    await eventually(async () => held.length > 2, true);
    await settled(page, 'document.body.textContent');
    expect(await page.locator('[role=alert][data-kept]').count()).toBe(1);
    hold = false;
    await Promise.all(held.map((route) => route.abort()));
    await page.unroute('**/api/**');
    await page.getByRole('link', { name: 'Empathetic Bob' }).waitFor();
    await eventually(() => page.getByRole('alert').count(), 0);
  });

  test('reports a database that is away in one place, with its time, while a drawer, a view and a download ask for it', async () => {
    const { system } = at;
    at.allow(503);
    await load('runs');
    await page.getByRole('table', { name: 'Runs' }).waitFor();
    await page.getByRole('link', { name: 'Agents', exact: true }).click();
    await page.getByRole('link', { name: 'Billing support' }).waitFor();
    await system.configure({ DATABASE_URL: 'postgres://127.0.0.1:1/none' });
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.getByRole('time').count()).toBe(2);
    const failsWith503 = (response: Response) => response.status() === 503;
    const isAsked = (path: string) =>
      page.waitForResponse((response) => response.url().includes(path) && failsWith503(response));

    await Promise.all([isAsked(BILLING), page.getByRole('link', { name: 'Billing support' }).click()]);
    // It is asked again while it fails, and each time reports nothing.
    await isAsked(BILLING);
    await page
      .getByRole('dialog')
      .getByText(/^As last seen, /)
      .waitFor();
    expect(await alert.count()).toBe(1);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await Promise.all([isAsked('/api/webhook-events'), page.getByRole('link', { name: 'Events' }).click()]);
    await page.getByRole('status').filter({ hasText: 'Loading the events' }).waitFor();
    expect(await alert.count()).toBe(1);
    await page.getByRole('link', { name: 'Runs' }).click();
    await Promise.all([isAsked('limit=200'), page.getByRole('button', { name: 'Download CSV' }).click()]);
    await page.getByRole('button', { name: 'Download CSV', disabled: false }).waitFor();
    expect(await alert.count()).toBe(1);

    await system.configure({});
    await page.getByRole('button', { name: 'Try now' }).waitFor({ state: 'hidden' });
    // The page does not repeat a download by itself, so its failure stays.
    expect(await alert.getByRole('time').count()).toBe(1);
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await eventually(() => alert.count(), 0);
  });

  test('says in a drawer, behind which the report is inert, that the database is away', async () => {
    const { system } = at;
    at.allow(503);
    await load('overview?run=1');
    const drawer = page.getByRole('dialog');
    await drawer.getByRole('button', { name: 'Preview the undo' }).waitFor();
    await system.configure({ DATABASE_URL: 'postgres://127.0.0.1:1/none' });
    const line = drawer.getByRole('status').filter({ hasText: 'The page keeps trying.' });
    await line.waitFor();
    const fails = page.waitForResponse((response) => response.url().includes('/undo') && response.status() === 503);
    await Promise.all([fails, drawer.getByRole('button', { name: 'Preview the undo' }).click()]);
    await drawer.getByRole('button', { name: 'Preview the undo', disabled: false }).waitFor();
    expect([await line.count(), await page.getByRole('alert').count()]).toEqual([1, 1]);
    expect(await page.locator('.sentence').textContent()).toMatch(
      /^The database cannot be reached .*\. This is what was known before\./,
    );
    await system.configure({});
    await line.waitFor({ state: 'hidden' });
    await drawer.getByRole('button', { name: 'Dismiss' }).click();
    await eventually(() => page.getByRole('alert').count(), 0);
  });

  test('loads a run again after a request for it alone got no response', async () => {
    at.allow('Failed to load resource');
    await load('runs');
    await page.route(/\/api\/sync-runs\/1\?/, (route) => route.abort(), { times: 1 });
    await page.getByRole('row', { name: /9 created/ }).click();
    const drawer = page.getByRole('dialog', { name: 'Run 1' });
    const failure = drawer.getByRole('status').filter({ hasText: 'The last request got no response' });
    await failure.waitFor();
    // It started nothing, so it does not refer to the runs.
    expect(await failure.getByRole('link').count()).toBe(0);
    await drawer.getByText('New voice-enabled agent').first().waitFor();
    await failure.waitFor({ state: 'hidden' });
  });

  test('shows the failure of a download only while its list is shown', async () => {
    at.allow('Failed to load resource');
    await load('runs');
    await page.getByRole('table', { name: 'Runs' }).waitFor();
    await page.route(/\/api\/sync-runs\?limit=200/, (route) => route.abort());
    await page.getByRole('button', { name: 'Download CSV' }).click();
    const failure = page.getByRole('status').filter({ hasText: 'The last request got no response' });
    await failure.waitFor();
    expect(await failure.getByRole('link').count()).toBe(0);
    await page.getByRole('link', { name: 'Syncs', exact: true }).click();
    await failure.waitFor({ state: 'hidden' });
  });

  test('of a service that cannot be reached, reports no request a second time', async () => {
    at.allow('Failed to load resource');
    await load('operations');
    await page.getByText('Nothing to restore').waitFor();
    await page.route('**/api/**', (route) => route.abort());
    await page.getByRole('button', { name: 'Preview', exact: true }).click();
    await page.getByRole('alert').filter({ hasText: 'The service cannot be reached.' }).waitFor();
    await page.getByText('The last request got no response').waitFor({ state: 'hidden' });
    expect(await page.getByRole('alert').count()).toBe(1);
    await page.unroute('**/api/**');
    await page.getByText('The last request got no response').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });
});
