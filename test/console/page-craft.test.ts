/** The page for everybody: keyboard, screen reader, phone, dark, and very many agents. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
// oxlint-disable-next-line import/no-named-as-default-member -- CommonJS
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { SAMPLE_AGENTS } from '../../infra/local/sample-account.ts';
import { browserIsThere, launchBrowser, type OpenConsole, openConsole } from './open-console.ts';

jest.setTimeout(30_000);

const VIEWS = ['overview', 'agents', 'runs', 'operations', 'api'] as const;
const PHONE = { viewport: { width: 390, height: 844 } };
const MANY = 10_000;

(browserIsThere() ? describe : describe.skip)('the page, for everybody', () => {
  let browser: Browser;
  let at: OpenConsole;
  beforeAll(async () => {
    browser = await launchBrowser();
    at = await openConsole(browser, { agents: SAMPLE_AGENTS });
    const { system } = at;
    await system.call('GET /api/audit-agents');
    await system.call('POST /api/sync-retell-agents');
    system.simulator.account.delete('agent_2b7d51e8c03f96a4728e1db5c7');
    system.simulator.account.addAgent({
      agent_id: 'agent_new',
      agent_name: 'Interview, new',
      voice_id: '11labs-Adrian',
    });
    await system.call('GET /api/audit-agents');
  });
  afterAll(async () => {
    await at.close();
    await browser.close();
  });

  const show = async (page: Page, route: string) => {
    await page.goto(`${at.url}/#/${route}`);
    await page.locator('.panel').first().waitFor();
    await page.getByText(/^Loading/).waitFor({ state: 'hidden' });
  };

  const violations = async (page: Page) => {
    const found: axe.AxeResults = await page.evaluate("axe.run({ resultTypes: ['violations'] })");
    return found.violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0]?.html}`);
  };

  test.each(['light', 'dark'] as const)('pleases axe in every view, %s', async (colorScheme) => {
    const page = await at.open('overview', { colorScheme });
    await page.evaluate(axe.source);
    for (const view of VIEWS) {
      await show(page, view);
      expect({ view, violations: await violations(page) }).toEqual({ view, violations: [] });
    }
    await show(page, 'operations');
    await page.getByRole('button', { name: 'Dry run' }).click();
    await page.getByRole('region', { name: 'Plan' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await show(page, 'agents/agent_b4e19f7c5602da8371e8c03d96');
    await page.getByRole('dialog').getByText('Name pattern').waitFor();
    expect(await violations(page)).toEqual([]);
  });

  test('works by keyboard alone', async () => {
    const page = await at.open();
    await page.locator('.score').waitFor();
    await page.getByRole('link', { name: 'Agents' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('searchbox').waitFor();
    const link = page.getByRole('link', { name: 'Billing support' });
    await page.getByRole('searchbox').focus();
    await page.keyboard.type('billing');
    await link.waitFor();
    for (let steps = 0; steps < 20 && (await focused(page)) !== 'Billing support'; steps += 1) {
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    const sheet = page.getByRole('dialog', { name: 'Billing support' });
    await sheet.waitFor();
    expect(await focused(page)).toBe('Close');
    await page.keyboard.press('Enter');
    await sheet.waitFor({ state: 'hidden' });
  });

  const focused = (page: Page): Promise<string> => page.evaluate('document.activeElement?.textContent ?? ""');

  test('fits a phone: nothing sticks out sideways', async () => {
    const page = await at.open('overview', PHONE);
    for (const view of VIEWS) {
      await show(page, view);
      const overhang: number = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect({ view, overhang }).toEqual({ view, overhang: 0 });
    }
  });

  test(`scrolls through ${MANY} agents with few rows in the page`, async () => {
    await at.system.database.query(
      `insert into voice_agent_sync.retell_agent (agent_id, read_at, gone, agent_name, voice_id, version, is_published,
         language, last_modification_timestamp)
       select 'agent_many_' || n, now(), false, 'Interview ' || n, '11labs-Adrian', 1, true, 'en-US', 0
       from generate_series(1, $1) n`,
      [MANY],
    );
    const page = await at.open('agents');
    await page.getByRole('searchbox').fill('agent_many');
    await page.getByRole('status').filter({ hasText: '10,000 of' }).waitFor();
    const table = page.getByRole('table', { name: 'Agents' });
    expect(await table.getAttribute('aria-rowcount')).toBe(String(MANY + 1));
    expect(await table.getByRole('row').count()).toBeLessThan(60);
    await table.focus();
    await page.keyboard.press('End');
    await page.getByRole('link', { name: 'Interview 10000', exact: true }).waitFor();
    expect(await table.getByRole('row').count()).toBeLessThan(60);
    await page.getByRole('searchbox').fill('interview 7777');
    await page.getByRole('link', { name: 'Interview 7777', exact: true }).waitFor();
  });
});
