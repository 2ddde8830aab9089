import { afterEach, describe, expect, it } from 'vitest';
import { createEngine, TemplateError, type Engine } from '../../src/api';
import { startHost, stopHost, takeHostLog } from '../support/browser-host';
import { Random, testSeed } from '../support/random';
import { tinyPack, type TinyPackOptions } from '../support/tiny-pack';

const seed = testSeed();
const hosts: string[] = [];
const engines: Engine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.dispose()));
  await Promise.all(hosts.splice(0).map(stopHost));
});

async function start(options: TinyPackOptions, contentType?: string) {
  const pack = await tinyPack(new Random(seed), { chunkBytes: 4096, ...options });
  const url = await startHost(pack.files, contentType);
  hosts.push(url);
  const engine = await createEngine({ model: url, calibrate: false });
  engines.push(engine);
  return { engine, url };
}

const ask = (engine: Engine, content: string) =>
  engine.chat.completions.create({ messages: [{ role: 'user', content }], max_tokens: 3, temperature: 0 });

const bytes = (text: string) => new TextEncoder().encode(text);

describe(`a hostile pack (seed ${seed})`, () => {
  it('whose template never ends fails one request, and the next is answered as ever', async () => {
    const usual = '<|start|>{{ messages[0].content }}<|end|>';
    const bomb = `{% if 'boom' in messages[0].content %}{% for i in range(100000000) %}{% endfor %}{% endif %}`;
    const { engine } = await start({ template: bomb + usual });
    const before = await ask(engine, 'Hi');
    const [stopped, after] = await Promise.allSettled([ask(engine, 'boom'), ask(engine, 'Hi')]);
    expect(stopped).toMatchObject({ status: 'rejected', reason: expect.any(TemplateError) as TemplateError });
    expect(after).toMatchObject({ status: 'fulfilled', value: { choices: before.choices } });

    const controller = new AbortController();
    const params = { messages: [{ role: 'user' as const, content: 'boom' }], signal: controller.signal };
    const waiting = engine.chat.completions.create(params);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect((await ask(engine, 'Hi')).choices).toEqual(before.choices);
  });

  it('whose template is not valid is refused while it loads, by name', async () => {
    const replaced = { 'chat_template.tree.json': bytes('{"version":1,"literals":[]}') };
    await expect(start({ replaced })).rejects.toMatchObject({ name: 'TemplateError', field: 'body' });
  });

  it('full of scripts and of any type runs none of them and gives what any other gives', async () => {
    const harm = 'globalThis.harmed = true; self.postMessage("harmed");';
    const scripts = {
      'index.html': bytes(`<!doctype html><script>${harm}</script>`),
      'worker.js': bytes(harm),
      'README.md': bytes(`<img src=x onerror="${harm}">`),
      'generation_config.json': bytes(JSON.stringify({ note: `<script>${harm}</script>`, eos_token_id: 257 })),
    };
    const markup = '<script>harmed = true</script><|end|>';
    const { engine: plain } = await start({ replaced: { 'generation_config.json': bytes('{"eos_token_id":257}') } });
    const expected = { logits: await plain.logits([1, 2, 3]), choices: (await ask(plain, markup)).choices };
    for (const contentType of ['text/html', 'text/javascript']) {
      const { engine, url } = await start({ replaced: scripts }, contentType);
      expect({ logits: await engine.logits([1, 2, 3]), choices: (await ask(engine, markup)).choices }).toEqual(
        expected,
      );
      const asked = await takeHostLog(url);
      expect(asked).toContain('generation_config.json');
      for (const unused of ['index.html', 'worker.js', 'README.md']) expect(asked).not.toContain(unused);
    }
    expect('harmed' in globalThis).toBe(false);
  });
});
