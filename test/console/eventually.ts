/** Waits for what a locator cannot wait for, such as a count or the focus. */
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';

/** Generous: only a test that fails takes so long. */
const PATIENCE_MS = 30_000;
const PAUSE_MS = 20;

/** Reads again and again until the value is the expected one; fails with the difference. */
export async function eventually<Value>(read: () => Promise<Value>, expected: Value): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  let value = await read();
  while (!isDeepStrictEqual(value, expected) && Date.now() < end) {
    await delay(PAUSE_MS);
    value = await read();
  }
  expect(value).toEqual(expected);
}

/** The vertical scroll position once it has settled: a long table adjusts it as its rows are measured. */
export function settledScroll(page: Page): Promise<number> {
  return settled(page, 'scrollY');
}

/** The value of an expression in the page once it has not changed for ten frames. */
export function settled<Value>(page: Page, expression: string): Promise<Value> {
  return page.evaluate(`new Promise((resolve) => {
    let value = ${expression};
    let frames = 0;
    const look = () => {
      const now = ${expression};
      frames = now === value ? frames + 1 : 0;
      value = now;
      if (frames < 10) requestAnimationFrame(look);
      else resolve(value);
    };
    look();
  })`);
}
