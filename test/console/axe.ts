/** Runs the accessibility checks of axe-core in an open page. */
// oxlint-disable-next-line import/no-named-as-default-member -- CommonJS
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** `serious color-contrast: <button ...>` for each violation. */
export async function axeViolations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found: axe.AxeResults = await page.evaluate("axe.run({ resultTypes: ['violations'] })");
  return found.violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0]?.html}`);
}
