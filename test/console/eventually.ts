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

/** The vertical scroll position once it has not changed for ten frames: a long table adjusts it as its rows are measured. */
export function settledScroll(page: Page): Promise<number> {
  return page.evaluate(`new Promise((resolve) => {
    let position = scrollY;
    let frames = 0;
    const look = () => {
      frames = scrollY === position ? frames + 1 : 0;
      position = scrollY;
      if (frames < 10) requestAnimationFrame(look);
      else resolve(position);
    };
    look();
  })`);
}
