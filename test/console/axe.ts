/** Runs the accessibility checks of axe-core in an open page. */
import { expect } from '@jest/globals';
// oxlint-disable-next-line import/no-named-as-default-member -- CommonJS
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** `serious color-contrast: <button ...>` for each violation. */
export async function axeViolations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found: axe.AxeResults = await page.evaluate("axe.run({ resultTypes: ['violations'] })");
  return found.violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0]?.html}`);
}

/** Fails for violations in light or in dark. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect({ colorScheme, violations: await axeViolations(page) }).toEqual({ colorScheme, violations: [] });
  }
  await page.emulateMedia({ colorScheme: null });
}
