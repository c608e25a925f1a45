/** Builder for browser tests: the whole system behind its own server, and a browser. */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { HANDLERS } from '../../infra/local/handlers.ts';
import { type RunningServer, startServer } from '../../infra/local/server.ts';
import { type SystemOptions, startSystem, type TestSystem } from '../support/system.ts';

/** The first that is installed. The shell is the same engine without a browser's windows: a page costs a quarter less. */
const CHROMIUM = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find((path) => existsSync(path));

/** Chromium loads the pages of its address bar for each window, which takes as much processor time as the page under test. */
const UNUSED = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'WebUIOmniboxFullPopup'];

const ARGUMENTS = [
  // In place of Playwright's own list.
  `--disable-features=${[...UNUSED, 'HttpsUpgrades', 'LensOverlay', 'MediaRouter', 'OptimizationHints', 'PaintHolding'].join(',')}`,
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Warns if it is missing. */
export function browserIsThere(): boolean {
  if (CHROMIUM === undefined) {
    console.warn('BROWSER TESTS ARE SKIPPED: there is no Chromium; apt-get install chromium-headless-shell');
  }
  return CHROMIUM !== undefined;
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ ...(CHROMIUM && { executablePath: CHROMIUM }), args: ARGUMENTS });
}

export interface OpenConsole {
  readonly system: TestSystem;
  readonly url: string;
  /** Ignores responses with this status, or messages with this text, when closing. */
  allow(part: number | string): void;
  /** Opens a tab of a new session at an address such as `agents?state=skipped`. */
  open(address?: string, options?: BrowserContextOptions): Promise<Page>;
  /** Goes to another address in an open tab, and waits until its view is shown and nothing is loading. */
  show(page: Page, address: string): Promise<void>;
  /** @throws Error with the errors of the pages: exceptions, failed resources, policy violations */
  close(): Promise<void>;
}

/** Simulates a return to the tab, on which the page refetches at once. */
export async function comeBack(page: Page): Promise<void> {
  await page.evaluate('document.dispatchEvent(new Event("visibilitychange", { bubbles: true }))');
}

/** Holds every request to Retell, so that a run is still running when the page shows it. Returns a function that lets go. */
export function holdRetell({ simulator }: TestSystem): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  simulator.setLatency(async () => {
    await promise;
    return { there: 0, back: 0 };
  });
  return () => {
    simulator.setLatency(0);
    resolve();
  };
}

/** For a system whose requests to Retell a test holds: none times out. */
export const PATIENT = { callTimeoutMs: 60_000 } as const;

/** Independent of the machine's settings. Without motion, a page that waits is not drawn again and again. */
const CONTEXT: BrowserContextOptions = { locale: 'en-GB', timezoneId: 'Europe/Berlin', reducedMotion: 'reduce' };

export async function openConsole(browser: Browser, options: SystemOptions): Promise<OpenConsole> {
  const system = await startSystem(options);
  const server: RunningServer = await startServer({ port: 0, handlers: HANDLERS });
  const complaints: string[] = [];
  const expected: string[] = [];
  const pages: Page[] = [];
  return {
    system,
    url: server.url,
    allow(part) {
      expected.push(typeof part === 'number' ? `status of ${part}` : part);
    },
    async open(address = 'overview', contextOptions = {}) {
      const page = await browser.newPage({ ...CONTEXT, ...contextOptions });
      pages.push(page);
      // Generous, for a busy machine: only a test that fails takes so long.
      page.setDefaultTimeout(30_000);
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        const text = `${message.text()} ${message.location().url}`;
        if (message.type() === 'error' && !expected.some((part) => text.includes(part))) complaints.push(text);
      });
      await page.goto(`${server.url}/#/${address}`);
      return page;
    },
    async show(page, address) {
      await page.goto(`${server.url}/#/${address}`);
      // The view before it may have the same panels.
      await page.locator(`nav a[aria-current=page][href="#/${address.split('?')[0]}"]`).waitFor();
      await page
        .getByText(/^Loading/)
        .first()
        .waitFor({ state: 'hidden' });
    },
    async close() {
      await Promise.all(pages.map((page) => page.close()));
      await server.close();
      await system.close();
      if (complaints.length > 0) throw new Error(`The browser complained: ${complaints.join('; ')}`);
    },
  };
}
