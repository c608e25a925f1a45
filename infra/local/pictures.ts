/**
 * Takes the README's pictures of the page, in Chromium, from an `npm start` that runs on a fresh sample account:
 * `node infra/local/with-node.js infra/local/pictures.ts http://127.0.0.1:3000`
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { animatedPng } from './animated-png.ts';

const PROJECT = join(import.meta.dirname, '../..');
const IMAGES = join(PROJECT, 'docs/images');
const [url = 'http://127.0.0.1:3000'] = process.argv.slice(2);

const WIDE = { viewport: { width: 1280, height: 900 }, colorScheme: 'light' } as const;
const PHONE = { viewport: { width: 390, height: 844 }, colorScheme: 'dark', deviceScaleFactor: 2 } as const;
const MOVING = { viewport: { width: 960, height: 600 }, colorScheme: 'light' } as const;

/** Milliseconds that each picture of the animation stays. */
const STAYS_MS = 2_200;

/** Acts on the sample account as a person in Retell's dashboard would. */
function inRetell(...words: readonly string[]): void {
  const { status, stderr } = spawnSync('npm', ['run', '-s', 'sample', '--', ...words], {
    cwd: PROJECT,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
}

async function open(browser: Browser, address: string, options: BrowserContextOptions): Promise<Page> {
  const page = await browser.newPage({ locale: 'en-GB', reducedMotion: 'reduce', ...options });
  await page.goto(`${url}/#/${address}`);
  await page.locator('.panel').first().waitFor();
  return page;
}

/** A caption at the bottom of the window, because what a person does outside the page is otherwise not visible. */
async function caption(page: Page, text: string): Promise<void> {
  await page.evaluate(
    `{
      const bar = document.querySelector('output.caption') ?? document.createElement('output');
      bar.className = 'caption';
      bar.popover = 'manual';
      bar.textContent = ${JSON.stringify(text)};
      Object.assign(bar.style, { position: 'fixed', inset: 'auto 0 0 0', width: '100%', padding: '10px 24px', border: 0,
        background: '#14171c', color: '#fff', font: '600 16px system-ui', margin: 0, textAlign: 'left' });
      document.body.append(bar);
      bar.hidePopover();
      bar.showPopover();
    }`,
  );
}

async function animation(browser: Browser): Promise<void> {
  const page = await open(browser, 'agents?search=brian', MOVING);
  const frames: Buffer[] = [];
  const take = async (text: string) => {
    await caption(page, text);
    frames.push(await page.screenshot());
  };
  const inList = (name: string) => page.getByRole('link', { name, exact: true }).waitFor();
  await inList('Empathetic Bob');
  await take('An interviewer, in sync with its agent in Retell');
  inRetell('rename', 'Empathetic Bob', 'Patient Bob', '--event');
  await inList('Patient Bob');
  await take('The agent is renamed in Retell: its row follows by the event');
  await page.getByRole('link', { name: 'Patient Bob', exact: true }).click();
  const undo = page.getByRole('dialog').getByRole('link', { name: 'Undo …' });
  await undo.scrollIntoViewIfNeeded();
  await take('The timeline has the change, and its undo');
  await undo.click();
  await page.getByRole('button', { name: 'Preview the undo' }).click();
  const confirm = page.getByRole('button', { name: 'Undo 1 change' });
  await confirm.scrollIntoViewIfNeeded();
  await take('The preview shows what the undo would set back');
  await confirm.click();
  await page.getByRole('region', { name: 'Undo', exact: true }).waitFor();
  await take('The name is set back on both sides');
  await page.keyboard.press('Escape');
  await inList('Empathetic Bob');
  await take('Back in the list: the row follows again');
  writeFileSync(join(IMAGES, 'console-undo.png'), animatedPng(frames, STAYS_MS));
  await page.close();
}

async function picture(browser: Browser, name: string, options: BrowserContextOptions): Promise<void> {
  const page = await open(browser, 'overview', options);
  await page.locator('.plot canvas').waitFor();
  await page
    .getByText(/ points$/)
    .first()
    .waitFor();
  await page.screenshot({ path: join(IMAGES, name) });
  await page.close();
}

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--headless', '--no-sandbox'] });
try {
  await animation(browser);
  inRetell('rename', 'Explorer Lisa', 'Curious Lisa');
  inRetell('voice', 'Graduate conversation flow', 'openai-Nova');
  inRetell('delete', 'Lisa');
  const page = await open(browser, 'overview', WIDE);
  await page.getByRole('button', { name: 'Check again' }).click();
  await page.getByText('Voice differs').waitFor();
  await page.close();
  await picture(browser, 'console-overview.png', WIDE);
  await picture(browser, 'console-phone.png', PHONE);
} finally {
  await browser.close();
}
