import { Chat } from './support/chat';
import { expect, test } from './support/site';

test.describe('an answer', () => {
  test('streams, then shows its figures and is announced once', async ({ page, site }) => {
    const chat = new Chat(page);
    await chat.open(site.url);
    await expect(page.getByText('sterna-chat-49m')).toBeVisible();
    const watched = await chat.watch();
    await chat.ask('Why is the sky blue?');
    await expect(chat.answers.last()).toHaveAttribute('aria-busy', 'true');
    await expect(chat.announcement).toHaveText('Sterna is answering.');
    await chat.answered();
    await expect(chat.text()).toContainText('the sky looks blue to us.');
    const seen = await watched.seen();
    expect(seen.length).toBeGreaterThan(5);
    for (const [index, text] of seen.entries()) expect(seen.at(-1)?.startsWith(text), `state ${index}`).toBe(true);
    await expect(chat.figures()).toHaveText('23 tokens · 66 tokens a second');
    await expect(chat.announcement).toContainText('Sterna answered: Sunlight has all colours in it.');
    await expect(chat.send).toBeVisible();
  });

  test('is drawn as Markdown', async ({ page, site }) => {
    const chat = new Chat(page);
    await chat.open(site.url);
    await chat.ask('markdown');
    await chat.answered();
    await expect(chat.text().getByRole('heading', { level: 3, name: 'Tea' })).toBeVisible();
    await expect(chat.text().getByRole('listitem')).toHaveCount(2);
    await expect(chat.text().locator('pre code')).toHaveText('const cups = 2;');
    await expect(chat.text().getByRole('cell')).toHaveText(['green', '2', 'black', '4']);
  });

  test('with markup, scripts and images in it does no harm and asks for nothing', async ({ page, site }) => {
    const requests: string[] = [];
    const chat = new Chat(page);
    await chat.open(site.url);
    page.on('request', (request) => requests.push(request.url()));
    await chat.ask('markup');
    await chat.answered();
    await expect(chat.text()).toContainText('<script>window.harmed = true</script>');
    await expect(chat.text()).toContainText('<img src="x" onerror="window.harmed = true">');
    await expect(chat.text().locator('img, script, style, iframe, form, input, b, [style], [onclick]')).toHaveCount(0);
    const links = chat.text().getByRole('link');
    await expect(links).toHaveCount(1);
    await expect(links).toHaveAttribute('href', 'https://example.org/page');
    await expect(links).toHaveAttribute('rel', 'noopener noreferrer nofollow');
    await expect(links).toHaveAttribute('target', '_blank');
    expect(await page.evaluate(() => 'harmed' in window)).toBe(false);
    expect(requests).toEqual([]);
  });

  test('does not turn the markup of a question into elements', async ({ page, site }) => {
    const chat = new Chat(page);
    await chat.open(site.url);
    await chat.ask('<b>bold</b> **stars**');
    await expect(page.locator('li.question .said')).toHaveText('<b>bold</b> **stars**');
    await expect(page.locator('li.question .said *')).toHaveCount(0);
    await chat.answered();
  });

  test('can be stopped by the button and by Escape, and the chat goes on', async ({ page, site }) => {
    const chat = new Chat(page);
    await chat.open(site.url);
    await chat.ask('endless');
    await expect(chat.text()).toContainText('tern tern');
    await chat.stop.click();
    await chat.answered();
    await expect(chat.figures()).toHaveText('stopped');
    await expect(chat.announcement).toHaveText('The answer was stopped.');
    await expect(chat.question).toBeFocused();

    await chat.ask('endless');
    await expect(chat.text()).toContainText('tern tern');
    await page.keyboard.press('Escape');
    await chat.answered();
    await expect(chat.figures()).toHaveText('stopped');

    await chat.ask('Why is the sky blue?');
    await chat.answered();
    await expect(chat.answers).toHaveCount(3);
  });
});

test.describe('the keyboard', () => {
  test('sends by Enter, breaks a line by Shift+Enter, sends nothing that is empty', async ({ page, site }) => {
    const chat = new Chat(page);
    await chat.open(site.url);
    await chat.question.focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type('  ');
    await page.keyboard.press('Enter');
    await expect(page.locator('li.question')).toHaveCount(0);
    await page.keyboard.type('one');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('two');
    await page.keyboard.press('Enter');
    await expect(page.locator('li.question .said')).toHaveText('one\ntwo', { useInnerText: true });
    await expect(chat.question).toHaveValue('');
    await chat.answered();
  });

  test('reaches every control, and focus never falls off the page', async ({ page, site }) => {
    const chat = new Chat(page);
    await chat.open(site.url);
    await page.keyboard.press('Tab');
    await expect(page.getByRole('button', { name: 'Who are you?' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(chat.question).toBeFocused();
    await chat.answered();

    await chat.question.fill('endless');
    await page.keyboard.press('Tab');
    await expect(chat.send).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(chat.stop).toBeFocused();
    await page.keyboard.press('Enter');
    await chat.answered();
    await expect(chat.question).toBeFocused();

    await chat.newChat.focus();
    await page.keyboard.press('Enter');
    await expect(chat.question).toBeFocused();
  });
});

test('a new chat forgets the old one, also while an answer streams', async ({ page, site }) => {
  const chat = new Chat(page);
  await chat.open(site.url);
  await expect(chat.newChat).toBeHidden();
  await chat.ask('endless');
  await expect(chat.text()).toContainText('tern tern');
  await chat.newChat.click();
  await expect(page.getByRole('listitem')).toHaveCount(0);
  await expect(page.getByRole('heading', { level: 2 })).toBeVisible();
  await chat.ask('count');
  await chat.answered();
  await expect(chat.text()).toHaveText('1 message');
});

test('a model that is loading shows how far it is, and a message can be written meanwhile', async ({ page, site }) => {
  const chat = new Chat(page);
  await page.goto(`${site.url}?load=slow`);
  await expect(page.getByRole('progressbar', { name: 'Downloading the model' })).toHaveJSProperty('value', 6_900_000);
  await expect(page.getByText('6.9 MB of 18.4 MB')).toBeVisible();
  await page.getByRole('button', { name: 'How do I make tea?' }).click();
  await expect(chat.question).toHaveValue('How do I make tea?');
  await expect(chat.send).toBeDisabled();
});

test('a download can be paused, resumed, cancelled and begun again, by keyboard alone', async ({ page, site }) => {
  const chat = new Chat(page);
  await page.goto(`${site.url}?load=slow`);
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  await expect(page.getByText('6.9 MB of 18.4 MB')).toBeVisible();
  await button('Pause').focus();
  await page.keyboard.press('Enter');
  await expect(button('Resume')).toBeFocused();
  await expect(page.getByRole('progressbar', { name: 'Paused' })).toBeVisible();
  await expect(chat.announcement).toHaveText('The download is paused.');
  await page.keyboard.press('Enter');
  await expect(button('Pause')).toBeFocused();
  await expect(page.getByRole('progressbar', { name: 'Downloading the model' })).toBeVisible();
  await expect(chat.announcement).toHaveText('The download goes on.');
  await page.keyboard.press('Tab');
  await expect(button('Cancel')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(button('Load the model')).toBeFocused();
  await expect(chat.announcement).toHaveText('The model is not loaded.');
  await expect(chat.failure).toBeHidden();
  await expect(page.getByRole('progressbar')).toBeHidden();
  await page.evaluate(() => {
    history.replaceState(null, '', location.pathname);
  });
  await page.keyboard.press('Enter');
  await chat.ready();
  await expect(chat.question).toBeFocused();
});

test('a download that fails says so and can be tried again', async ({ page, site }) => {
  const chat = new Chat(page);
  await page.goto(`${site.url}?load=fails`);
  await expect(chat.failure).toContainText('The model could not be fetched.');
  await expect(chat.failure).toContainText('model-00001-of-00001.safetensors: status 404');
  await page.getByRole('button', { name: 'Try again' }).click();
  await chat.ready();
  await expect(chat.failure).toBeHidden();
});

test('a GPU that is reset makes the answer pause, and the page says so', async ({ page, site }) => {
  const chat = new Chat(page);
  await chat.open(site.url);
  const facts = page.locator('#model-facts');
  const before = await facts.textContent();
  await chat.ask('reset');
  await expect(facts).toHaveText('The GPU was reset; going on…');
  await expect(facts).toHaveText(before ?? '');
  await chat.answered();
  await expect(chat.text()).toContainText('looks blue to us');
});

test('a lost GPU says so, and trying again answers the same question', async ({ page, site }) => {
  const chat = new Chat(page);
  await chat.open(site.url);
  await chat.ask('lost');
  await expect(chat.failure).toContainText('The GPU was taken away');
  await page.getByRole('button', { name: 'Try again' }).click();
  await chat.answered();
  await expect(chat.text()).toContainText('Sunlight');
  await expect(page.locator('li.question')).toHaveCount(1);
});

test("a link that names a stranger's model is refused", async ({ page, site }) => {
  const chat = new Chat(page);
  await page.goto(`${site.url}?model=https://example.org/pack`);
  await expect(chat.failure).toContainText('a model must lie on the same host as the page');
});

test('a browser without WebGPU is told which ones have it', async ({ page, site }) => {
  await page.addInitScript(() => {
    Reflect.deleteProperty(Navigator.prototype, 'gpu');
  });
  await page.goto(site.url);
  await expect(page.getByRole('heading', { name: 'This browser has no WebGPU' })).toBeVisible();
  for (const browser of ['Chrome and Edge', 'Safari', 'Firefox']) await expect(page.getByText(browser)).toBeVisible();
  await expect(page.getByRole('textbox')).toHaveCount(0);
});
