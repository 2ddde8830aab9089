import type { Page } from '@playwright/test';
import axe from 'axe-core';

/** Every rule of axe but its experimental ones; a violation names its rule and the elements. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => axe.run());
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`);
}
