import { join } from 'node:path';
import { Chat } from './support/chat';
import { expect, test } from './support/site';
import type { StaticServer } from './support/static-server';

const MINUTE = 60_000;

function weightsServed(site: StaticServer): number {
  const shards = site.log.filter(({ path }) => path.endsWith('.safetensors'));
  return shards.reduce((sum, { bytes }) => sum + bytes, 0);
}

test.use({ folder: join(import.meta.dirname, '../dist/site') });
test.setTimeout(12 * MINUTE);

test('the bundled model chats, stops, and starts again without asking the server for its weights', async ({
  page,
  site,
}) => {
  const chat = new Chat(page);
  await chat.open(site.url, 3 * MINUTE);
  expect(weightsServed(site)).toBeGreaterThan(1e6);
  const speed = /^\d+ tokens? · [\d.,]+ tokens a second$/;

  for (const question of ['Who are you?', 'Why is the sky blue?']) {
    const watched = await chat.watch();
    await chat.ask(question);
    await chat.answered(4 * MINUTE);
    await expect(chat.figures()).toHaveText(speed);
    const seen = await watched.seen();
    expect(seen.length, 'states of the streamed text').toBeGreaterThan(3);
    expect(seen[0]?.length).toBeLessThan(seen.at(-1)?.length ?? 0);
  }

  await chat.ask('Tell me a long story about a lighthouse.');
  await expect(chat.text()).not.toBeEmpty();
  await chat.stop.click();
  await chat.answered();
  await expect(chat.figures()).toHaveText('stopped');
  await expect(chat.answers).toHaveCount(3);

  site.log.length = 0;
  await page.reload();
  await chat.ready(3 * MINUTE);
  expect(site.log.length, 'the page itself came from the server').toBeGreaterThan(0);
  expect(weightsServed(site)).toBe(0);
  await chat.ask('Hello!');
  await expect(chat.text()).not.toBeEmpty();
  await chat.stop.click();
  await chat.answered();
});
