import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from './support/site';

const MINUTE = 60_000;
const root = join(import.meta.dirname, '..');

test.describe('the built library', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sterna-embedded-'));
  test.use({ folder });
  test.setTimeout(8 * MINUTE);

  test.beforeAll(() => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const snippet = /```html\n([\s\S]*?)```/.exec(readme)?.[1];
    if (snippet === undefined) throw new Error('README.md has no HTML to embed');
    const script = /<script type="module">([\s\S]*?)<\/script>/.exec(snippet)?.[1];
    if (script === undefined) throw new Error('the HTML in README.md has no module script');
    // The policy that every response carries allows no inline script, so the snippet's lies in a file here.
    writeFileSync(join(folder, 'embed.js'), script);
    const page = snippet.replace(/<script[\s\S]*<\/script>/, '<script type="module" src="embed.js"></script>');
    writeFileSync(
      join(folder, 'index.html'),
      `<!doctype html><html lang="en"><head><title>Embedded</title><link rel="icon" href="icon.svg" /></head><body>${page}</body></html>`,
    );
    cpSync(join(root, 'demo/public/icon.svg'), join(folder, 'icon.svg'));
    for (const file of ['sterna.js', 'worker.js']) cpSync(join(root, 'dist', file), join(folder, file));
    cpSync(join(root, 'models'), join(folder, 'models'), { recursive: true });
  });

  test.afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test('answers in a page that embeds it as the README says, under the strictest policy', async ({ page, site }) => {
    await page.goto(site.url);
    await expect(page.locator('#answer')).toHaveText(/\S+ \S+ \S+/, { timeout: 6 * MINUTE });
  });
});
