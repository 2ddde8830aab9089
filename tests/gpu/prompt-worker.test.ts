import { afterEach, describe, expect, it } from 'vitest';
import { TemplateError, TokenizerError, WorkerError } from '../../src/errors';
import type { ChatMessage } from '../../src/model/text/chat-message';
import { PromptWorker } from '../../src/worker/prompt-worker';
import type { TextSource } from '../../src/worker/text-model';
import { packError } from '../../src/worker/wire/error-envelope';
import { installWire } from '../../src/worker/wire/install';
import { fixtureFile } from '../support/fixture-files';
import { InThreadPrompts } from '../support/in-thread-prompts';
import { compileTemplate } from '../../tools/compile-template';
import { byteTextSource } from '../support/tiny-pack';

installWire();
const workers: PromptWorker[] = [];
afterEach(() => {
  for (const worker of workers.splice(0)) worker.dispose();
});

const never = new AbortController().signal;
const says = (content: string): ChatMessage[] => [{ role: 'user', content }];
const HI = [72, 105];
/** Far more than the second that a prompt has, and far less than a hang; in milliseconds. */
const ABOUT_A_SECOND = 5000;

function startWorker(): Worker {
  return new Worker(new URL('../../src/worker/worker.ts', import.meta.url), { type: 'module', name: 'sterna-prompts' });
}

function newWorker(start = startWorker): PromptWorker {
  const worker = new PromptWorker(start);
  workers.push(worker);
  return worker;
}

/** A worker for prompts that does this when it is asked to, and else says what the user said. */
async function withBomb(bomb: string): Promise<PromptWorker> {
  const worker = newWorker();
  const template = `{% set c = messages[0].content %}{% if 'boom' in c %}${bomb}{% else %}{{ c }}{% endif %}`;
  expect(await worker.read(byteTextSource(template), never)).toBe(true);
  return worker;
}

async function failureOf(run: Promise<unknown>): Promise<unknown> {
  try {
    return await run.then((value) => new Error(`no failure but ${JSON.stringify(value)}`));
  } catch (error) {
    return error;
  }
}

describe('a template that never ends or wants all memory', () => {
  it.each([
    ['a long loop', '{% for i in range(100000000) %}{% endfor %}'],
    ['a list that is too long to be one', '{{ range(100000000000) | length }}'],
    [
      'loops in loops',
      '{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}{% endfor %}{% endfor %}{% endfor %}',
    ],
    [
      'a text that doubles',
      "{% set ns = namespace(t='x') %}{% for i in range(99) %}{% set ns.t = ns.t + ns.t %}{% endfor %}{{ ns.t }}",
    ],
    [
      'a text that doubles, looked at each time',
      "{% set ns = namespace(t='x') %}{% for i in range(99) %}{% set ns.t = (ns.t + ns.t) | upper %}{% endfor %}{{ ns.t }}",
    ],
    [
      'a list that doubles',
      '{% set ns = namespace(t=[1, 2, 3, 4]) %}{% for i in range(99) %}{% set ns.t = ns.t + ns.t %}{% endfor %}{{ ns.t }}',
    ],
    [
      'long lists, all kept',
      '{% set ns = namespace(t=[]) %}{% for i in range(999) %}{% set ns.t = [ns.t, range(30000000)] %}{% endfor %}',
    ],
    [
      'an error that is as long as a text can be',
      "{% set ns = namespace(t='x') %}{% for i in range(28) %}{% set ns.t = ns.t + ns.t %}{% endfor %}{{ raise_exception(ns.t) }}",
    ],
    ['a macro that calls itself twice', '{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}'],
    ['white space without end', "{{ '\n\n' | indent(500000000, true, true) | indent(500000000, true, true) }}"],
    ['a prompt that is too long', '{% for i in range(9000) %}{{ range(1000) }}{% endfor %}'],
  ])('fails as a TemplateError: %s; and the next prompt is right', async (_, bomb) => {
    const worker = await withBomb(bomb);
    const startedAt = performance.now();
    const error = await failureOf(worker.encode(says('boom'), never));
    expect(error).toBeInstanceOf(TemplateError);
    expect(error).toHaveProperty('file', expect.stringContaining('https://host.invalid/pack/'));
    expect(JSON.stringify(packError(error)).length).toBeLessThan(50_000);
    expect(performance.now() - startedAt).toBeLessThan(ABOUT_A_SECOND);
    expect(await worker.encode(says('Hi'), never)).toEqual(HI);
  });
});

const LONG_LOOP = '{% for i in range(100000000) %}{% endfor %}';

describe('the worker for prompts', () => {
  it('ends a tokenizer whose pattern backtracks for ever', async () => {
    const source = byteTextSource('{{ messages[0].content }}');
    const json = JSON.parse(new TextDecoder().decode(source.files.get('tokenizer.json'))) as Record<string, unknown>;
    const pattern = { Regex: 'a*a*a*a*a*a*b' };
    json.pre_tokenizer = { type: 'Split', pattern, behavior: 'Isolated', invert: false };
    json.decoder = { type: 'ByteLevel' };
    const files = new Map(source.files).set('tokenizer.json', new TextEncoder().encode(JSON.stringify(json)));
    const worker = newWorker();
    await worker.read({ ...source, files }, never);
    expect(await failureOf(worker.encode(says('a'.repeat(5000)), never))).toBeInstanceOf(TemplateError);
    expect(await worker.encode(says('Hi'), never)).toEqual(HI);
  });

  it('lets a caller go at once who aborts, and serves the next', async () => {
    const worker = await withBomb(LONG_LOOP);
    const controller = new AbortController();
    const stopped = failureOf(worker.encode(says('boom'), controller.signal));
    const waiting = new AbortController();
    const impatient = failureOf(worker.encode(says('Hi'), waiting.signal));
    const next = worker.encode(says('Hi'), never);
    let isNextDone = false;
    void next.then(() => {
      isNextDone = true;
    });
    controller.abort(new Error('enough'));
    waiting.abort(new Error('no patience'));
    expect(await stopped).toMatchObject({ message: 'enough' });
    expect(await impatient).toMatchObject({ message: 'no patience' });
    expect(isNextDone).toBe(false);
    expect(await next).toEqual(HI);
    expect(await failureOf(worker.encode(says('Hi'), controller.signal))).toMatchObject({ message: 'enough' });
  });

  it('encodes in the order of asking, whatever becomes of each', async () => {
    const worker = await withBomb(LONG_LOOP);
    const done: string[] = [];
    const ask = (content: string) =>
      worker.encode(says(content), never).then(
        () => done.push(content),
        () => done.push(`${content} failed`),
      );
    await Promise.all([ask('long '.repeat(20_000)), ask('boom'), ask('Hi')]);
    expect(done.map((content) => content.slice(0, 11))).toEqual(['long long l', 'boom failed', 'Hi']);
  });

  it('says what is wrong with a pack’s files with class and fields', async () => {
    const source = byteTextSource();
    const without = (name: string) => ({
      ...source,
      files: new Map(source.files).set(name, new TextEncoder().encode('{}')),
    });
    const broken = await failureOf(newWorker().read(without('chat_template.tree.json'), never));
    expect(broken).toBeInstanceOf(TemplateError);
    expect(broken).toMatchObject({ file: 'https://host.invalid/pack/chat_template.tree.json', field: 'version' });
    const error = await failureOf(newWorker().read(without('tokenizer.json'), never));
    expect(error).toBeInstanceOf(TokenizerError);
    expect(error).toMatchObject({ file: 'https://host.invalid/pack/tokenizer.json' });
  });

  it.each([
    ['whose file is missing', () => new Worker('/no/such/worker.js')],
    [
      'whose blob is gone',
      () => {
        const url = URL.createObjectURL(new Blob(['']));
        URL.revokeObjectURL(url);
        return new Worker(url);
      },
    ],
    [
      'that the browser refuses',
      () => {
        throw new DOMException('no workers here', 'SecurityError');
      },
    ],
  ])('says so where it is one %s', async (_, start) => {
    expect(await failureOf(newWorker(start).read(byteTextSource(), never))).toBeInstanceOf(WorkerError);
  });

  it('gives the ids that encoding in one thread gives', async () => {
    const paths = ['text/templates.json', 'text/sentencepiece.json', '../../models/sterna-chat-49m/tokenizer.json'];
    const [templates, sentencePiece, tokenizer] = await Promise.all(paths.map(fixtureFile));
    const cases = (JSON.parse(new TextDecoder().decode(templates)) as { templates: TemplateCase[] }).templates;
    expect(cases.length).toBeGreaterThan(3);
    for (const { name, tokenizer: which, template, bos_token, eos_token, cases: conversations } of cases) {
      const config = { chat_template: template, bos_token, eos_token };
      const bytes = (json: unknown) => new TextEncoder().encode(JSON.stringify(json));
      const files = new Map([
        ['tokenizer.json', which === 'bundled' ? tokenizer : sentencePiece],
        ['tokenizer_config.json', bytes(config)],
        ['chat_template.tree.json', bytes(compileTemplate(config))],
      ]);
      const source: TextSource = { files, url: '', vocabSize: which === 'bundled' ? 8192 : 1000 };
      const [worker, inThread] = [newWorker(), new InThreadPrompts()];
      await Promise.all([worker.read(source, never), inThread.read(source, never)]);
      for (const [messages, ids] of conversations) {
        expect(await worker.encode(messages, never), name).toEqual(ids);
        expect(await inThread.encode(messages, never), name).toEqual(ids);
      }
      worker.dispose();
    }
  });
});

interface TemplateCase {
  name: string;
  tokenizer: 'bundled' | 'sentencepiece';
  template: string;
  bos_token: string;
  eos_token: string;
  cases: [messages: ChatMessage[], ids: number[]][];
}
