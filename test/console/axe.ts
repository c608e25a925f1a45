/** Runs the accessibility checks of axe-core in an open page. */
import { expect } from '@jest/globals';
// oxlint-disable-next-line import/no-named-as-default-member -- CommonJS
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** Only colors differ between light and dark: the other rules find the same in both. */
const RUNS = { light: '{}', dark: "{ runOnly: ['color-contrast', 'link-in-text-block'] }" } as const;

/** Fails for violations in light or in dark, each as `serious color-contrast: <button ...>`. */
export async function expectAccessible(page: Page, where?: string): Promise<void> {
  if (await page.evaluate("typeof axe === 'undefined'")) await page.evaluate(axe.source);
  const run = async (colorScheme: keyof typeof RUNS) => {
    await page.emulateMedia({ colorScheme });
    // The page selects what is sent: axe also lists every element that passes.
    return page.evaluate(
      `axe.run(${RUNS[colorScheme]}).then(({ violations }) =>
        violations.map(({ id, impact, nodes }) => impact + ' ' + id + ': ' + nodes[0]?.html))`,
    );
  };
  const found = { where, light: await run('light'), dark: await run('dark') };
  await page.emulateMedia({ colorScheme: null });
  expect(found).toEqual({ where, light: [], dark: [] });
}
