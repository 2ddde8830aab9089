import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/api';
import * as api from '../../src/api';
import { forward } from '../../src/model/oracle/forward';
import { argmax } from '../../src/model/oracle/generate';
import { startHost, stopHost, takeHostLog } from '../support/browser-host';
import { Random, testSeed } from '../support/random';
import { TOKENS, byteConfig, tinyPack, type TinyPackOptions } from '../support/tiny-pack';

const seed = testSeed();
const hosts: string[] = [];
const engines: api.Engine[] = [];
const question = [{ role: 'user' as const, content: 'Hi' }];

async function serve(options: TinyPackOptions = {}) {
  const pack = await tinyPack(new Random(seed), { chunkBytes: 4096, ...options });
  const url = await startHost(pack.files);
  hosts.push(url);
  return { url, ...pack };
}

async function start(options: api.EngineOptions): Promise<api.Engine> {
  const engine = await createEngine(options);
  engines.push(engine);
  return engine;
}

async function cleanUp(): Promise<void> {
  await Promise.all(engines.splice(0).map((engine) => engine.dispose()));
  await Promise.all(hosts.splice(0).map(stopHost));
}

describe(`a loaded engine (seed ${seed})`, () => {
  let engine: api.Engine;
  let pack: Awaited<ReturnType<typeof serve>>;
  const progress: api.LoadProgress[] = [];
  beforeAll(async () => {
    pack = await serve();
    engine = await start({ model: pack.url, onProgress: (step) => progress.push(step) });
  });
  afterAll(cleanUp);

  it('tells what it is and what it took', async () => {
    const { info } = engine;
    expect(info).toMatchObject({
      name: 'tiny',
      url: pack.url,
      config: byteConfig(),
      hasTokenizer: true,
      tuning: 'default',
    });
    expect(info.adapter.vendor).not.toBe('');
    expect(Object.values(info.gpuBytes).every((bytes) => bytes > 0)).toBe(true);
    expect(Object.keys(await engine.gpuBytes())).toEqual(expect.arrayContaining(Object.keys(info.gpuBytes)));
    const bytes = [...pack.files].reduce((sum, [path, { length }]) => sum + (path === 'sterna.json' ? 0 : length), 0);
    expect(info.packBytes).toBe(bytes);
    expect(progress.at(-1)).toEqual({ phase: 'download', bytesDone: bytes, bytesTotal: bytes });
  });

  it('gives the oracle’s logits', async () => {
    const ids = [TOKENS.start, 72, 105];
    const logits = await engine.logits(ids);
    const expected = forward(pack.config, pack.weights, ids).logits;
    expect(logits).toBeInstanceOf(Float32Array);
    expect(logits).toHaveLength(expected.length);
    const square = (sum: number, value: number) => sum + value * value;
    const error = logits.map((value, index) => value - expected[index]).reduce(square, 0);
    // One activation that rounds the other way on the GPU moves all that follows it by a few per cent.
    expect(Math.sqrt(error / expected.reduce(square, 0))).toBeLessThan(0.1);
  });

  it('gives the same bits in compact memory', async () => {
    const ids = bytes('They are the same');
    const compact = await createEngine({ model: pack.url, memory: 'compact' });
    try {
      expect(await compact.logits(ids)).toEqual(await engine.logits(ids));
    } finally {
      await compact.dispose();
    }
  });

  it('streams chunks in OpenAI’s shape that say the likeliest tokens', async () => {
    const chunks: api.ChatCompletionChunk[] = [];
    for await (const chunk of await engine.chat.completions.create({
      messages: question,
      stream: true,
      temperature: 0,
      max_tokens: 10,
    })) {
      chunks.push(chunk);
    }
    const [first, last] = [chunks[0], chunks[chunks.length - 1]];
    expect(first).toMatchObject({
      object: 'chat.completion.chunk',
      model: 'tiny',
      choices: [{ delta: { role: 'assistant' } }],
    });
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect(chunks.slice(0, -1).every(({ choices, usage }) => choices[0].finish_reason === null && usage === null)).toBe(
      true,
    );
    expect(last.usage?.total_tokens).toBe((last.usage?.prompt_tokens ?? 0) + (last.usage?.completion_tokens ?? 0));

    const prompt = [TOKENS.start, ...bytes('user Hi'), TOKENS.end, TOKENS.start, ...bytes('assistant ')];
    expect(last.usage?.prompt_tokens).toBe(prompt.length);
    const ids = [...prompt];
    for (let count = 0; count < 10 && ids[ids.length - 1] !== TOKENS.end; count++) {
      ids.push(argmax((await engine.logits(ids)).slice(-pack.config.vocabSize)));
    }
    const answer = ids.slice(prompt.length);
    const ended = answer[answer.length - 1] === TOKENS.end;
    expect(last.choices[0].finish_reason).toBe(ended ? 'stop' : 'length');
    expect(last.usage?.completion_tokens).toBe(answer.length);
    const said = new Uint8Array(answer.filter((id) => id < TOKENS.start));
    const text = chunks.map(({ choices }) => choices[0].delta.content ?? '').join('');
    expect(text).toBe(new TextDecoder().decode(said));
  });

  it('gives usage in a chunk of its own where that is asked for', async () => {
    const chunks: api.ChatCompletionChunk[] = [];
    const stream_options = { include_usage: true };
    const params = { messages: question, stream: true as const, stream_options, max_tokens: 2 };
    for await (const chunk of await engine.chat.completions.create(params)) chunks.push(chunk);
    const [beforeLast, last] = chunks.slice(-2);
    expect(beforeLast).toMatchObject({ usage: null });
    expect(beforeLast.choices[0].finish_reason).not.toBeNull();
    expect(last.choices).toEqual([]);
    expect(last.usage?.completion_tokens).toBeGreaterThan(0);
  });

  it('gives a whole answer: the same seed the same text, and the stream’s', async () => {
    const params = { messages: question, max_tokens: 8, temperature: 1, seed: 7 };
    const first = await engine.chat.completions.create(params);
    const second = await engine.chat.completions.create({ ...params, stream: false });
    let streamed = '';
    for await (const { choices } of await engine.chat.completions.create({ ...params, stream: true })) {
      streamed += choices[0].delta.content ?? '';
    }
    expect(first).toMatchObject({ object: 'chat.completion', model: 'tiny', choices: [{ index: 0, logprobs: null }] });
    expect(second.choices).toEqual(first.choices);
    expect(first.choices[0].message).toEqual({ role: 'assistant', content: streamed, refusal: null });
  });

  it('takes parameters out of proxies, as pages keep their state in', async () => {
    const params = { messages: new Proxy(question, {}), max_tokens: 4, temperature: 0 };
    const { choices } = await engine.chat.completions.create(new Proxy(params, {}));
    expect(choices).toEqual((await engine.chat.completions.create({ ...params, messages: question })).choices);
  });

  it('goes on from the state of the turn before', async () => {
    const messages = [{ role: 'user' as const, content: `A conversation of its own, ${seed}` }];
    const first = await engine.chat.completions.create({ messages, max_tokens: 4 });
    expect(first.usage.prompt_tokens_details.cached_tokens).toBeLessThan(first.usage.prompt_tokens);
    const next = [...messages, first.choices[0].message, { role: 'user' as const, content: 'More' }];
    const second = await engine.chat.completions.create({ messages: next, max_tokens: 4 });
    expect(second.usage.prompt_tokens_details.cached_tokens).toBeGreaterThanOrEqual(first.usage.prompt_tokens);
  });

  it('stops when the reader leaves, and when it is aborted, and answers on', async () => {
    const params = { messages: question, stream: true as const, max_tokens: 100_000, stop: ['never said'] };
    for await (const { choices } of await engine.chat.completions.create(params)) {
      if (choices[0].delta.content !== '') break;
    }
    const controller = new AbortController();
    const reading = async () => {
      for await (const { choices } of await engine.chat.completions.create({ ...params, signal: controller.signal })) {
        if (choices[0].delta.content !== '') controller.abort(new Error('enough'));
      }
    };
    await expect(reading()).rejects.toThrow('enough');
    await expect(engine.chat.completions.create({ ...params, signal: controller.signal })).rejects.toThrow('enough');
    await expect(engine.logits([1], { signal: controller.signal })).rejects.toThrow('enough');
    expect(await engine.logits([1])).toHaveLength(pack.config.vocabSize);
  });

  it('leaves a stream that was never begun', async () => {
    const stream = await engine.chat.completions.create({ messages: question, stream: true });
    await stream.return?.();
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(await engine.logits([1])).toHaveLength(pack.config.vocabSize);
  });

  it('names what is wrong with a request', async () => {
    const refused = (params: unknown) => engine.chat.completions.create(params as api.ChatCompletionCreateParams);
    await expect(refused({ messages: question, temperature: 'hot' })).rejects.toMatchObject({ field: 'temperature' });
    await expect(refused({ messages: question, tools: [] })).rejects.toThrow(api.RequestError);
    await expect(refused({ messages: question, signal: {} })).rejects.toMatchObject({ field: 'signal' });
    await expect(refused({ messages: question, seed: () => 1 })).rejects.toMatchObject({ field: 'seed' });
    await expect(refused(undefined)).rejects.toThrow(api.RequestError);
    await expect(engine.logits([1, 258])).rejects.toThrow(api.RequestError);
    await expect(engine.logits([])).rejects.toThrow(api.RequestError);
    await expect(engine.logits('1' as unknown as number[])).rejects.toMatchObject({ field: 'ids' });
  });
});

describe('starting and ending', () => {
  afterEach(cleanUp);

  it('fetches no weights at the second start', async () => {
    const { url } = await serve();
    const first = await start({ model: url });
    expect(await takeHostLog(url)).toContain('model-00001-of-00001.safetensors');
    await first.dispose();
    const progress: api.LoadProgress[] = [];
    await start({ model: url, onProgress: (step) => progress.push(step) });
    expect(await takeHostLog(url)).toEqual(['sterna.json']);
    expect(new Set(progress.map(({ phase }) => phase))).toEqual(new Set(['upload', 'compile']));
  });

  it('starts without a network what was loaded before', async () => {
    const { url, config } = await serve();
    await (await start({ model: url })).dispose();
    await stopHost(url);
    expect(await (await start({ model: url })).logits([1])).toHaveLength(config.vocabSize);
  });

  it('can be aborted while it loads, and be started again', async () => {
    const { url } = await serve();
    const controller = new AbortController();
    const onProgress = () => {
      controller.abort(new Error('not now'));
    };
    await expect(start({ model: url, signal: controller.signal, onProgress })).rejects.toThrow('not now');
    await expect(start({ model: url, signal: controller.signal })).rejects.toThrow('not now');
    await start({ model: url });
  });

  it('rejects what waits and all later calls when it is disposed of', async () => {
    const { url } = await serve();
    const engine = await start({ model: url });
    const stream = await engine.chat.completions.create({ messages: question, stream: true, max_tokens: 100_000 });
    await stream.next();
    const waiting = Promise.allSettled([stream.next(), engine.logits([1])]);
    await engine.dispose();
    for (const result of await waiting) {
      expect(result).toMatchObject({ status: 'rejected', reason: { name: 'DisposedError' } });
    }
    await expect(engine.logits([1])).rejects.toThrow(api.DisposedError);
    await expect(engine.gpuBytes()).rejects.toThrow(api.DisposedError);
    await expect(engine.chat.completions.create({ messages: question })).rejects.toThrow(api.DisposedError);
    await engine.dispose();
  });

  it('serves logits alone where the pack has no tokenizer', async () => {
    const { url, config } = await serve({ withoutText: true });
    const engine = await start({ model: url });
    expect(engine.info.hasTokenizer).toBe(false);
    expect(await engine.logits([1, 2])).toHaveLength(2 * config.vocabSize);
    await expect(engine.chat.completions.create({ messages: question })).rejects.toThrow(api.TokenizerError);
  });

  it.each([
    { withhold: ['subgroups', 'packed_4x8_integer_dot_product'], defaultLimits: true } as const,
    { plan: 'fused', calibrate: false } as const,
    { plan: 'split', pace: { stepsPerSubmit: 2, submitsInFlight: 2 } } as const,
  ])('runs with %j', async (options) => {
    const { url, config } = await serve();
    const engine = await start({ model: url, ...options });
    expect(await engine.logits([1, 2])).toHaveLength(2 * config.vocabSize);
  });
});

describe('what cannot be started', () => {
  afterEach(cleanUp);

  it('says in plain words what is wrong with the address', async () => {
    const { url } = await serve();
    const missing = start({ model: `${url}nothing/` });
    await expect(missing).rejects.toThrow(api.DownloadError);
    await expect(missing).rejects.toThrow(/nothing\/sterna\.json: the server answered 404/);
    // The tests' own server answers any address with a page.
    await expect(start({ model: '/no/such/folder' })).rejects.toThrow(/page|404/);
    await expect(start({ model: 'http://127.0.0.1:9/', patience: { tries: 1 } })).rejects.toThrow(/no answer/);
    await expect(start({ model: 'http://' })).rejects.toMatchObject({ name: 'RequestError', field: 'model' });
    await expect(start({ model: 'data:,x' })).rejects.toMatchObject({ name: 'RequestError', field: 'model' });
    await expect(start({ model: `${url}?a=b` })).rejects.toMatchObject({ name: 'RequestError', field: 'model' });
  });

  it('names an option that is wrong', async () => {
    const refused = (options: unknown) => createEngine(options as api.EngineOptions);
    await expect(refused(undefined)).rejects.toThrow(api.RequestError);
    await expect(refused({})).rejects.toMatchObject({ field: 'model' });
    await expect(refused({ model: '/', speed: 9 })).rejects.toMatchObject({
      field: 'speed',
      reason: 'is not supported',
    });
    await expect(refused({ model: '/', onProgress: 1 })).rejects.toMatchObject({ field: 'onProgress' });
    await expect(refused({ model: '/', calibrate: 1 })).rejects.toMatchObject({ field: 'calibrate' });
    await expect(refused({ model: '/', signal: {} })).rejects.toMatchObject({ field: 'signal' });
    await expect(refused({ model: '/', memory: 'small' })).rejects.toMatchObject({ field: 'memory' });
    await expect(refused({ model: '/', withhold: ['all'] })).rejects.toMatchObject({ field: 'withhold.0' });
    await expect(refused({ model: '/', pace: () => 1 })).rejects.toMatchObject({ field: 'pace' });
    await expect(refused({ model: '/', patience: { tries: 0 } })).rejects.toMatchObject({ field: 'patience.tries' });
    await expect(refused({ model: '/', worker: {} })).rejects.toMatchObject({ field: 'worker' });
    await expect(refused({ model: 7 })).rejects.toMatchObject({ field: 'model' });
  });

  it('tells a page without WebGPU so', async () => {
    Object.defineProperty(navigator, 'gpu', { value: undefined, configurable: true });
    try {
      await expect(createEngine({ model: '/' })).rejects.toThrow(api.GpuError);
    } finally {
      Reflect.deleteProperty(navigator, 'gpu');
    }
  });

  it('rejects when the worker’s file is missing or its code fails, at once or later', async () => {
    const workerOf = (code: string) =>
      new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })), { type: 'module' });
    const model = 'https://host.invalid/';
    await expect(createEngine({ model, worker: new Worker('/no/such/worker.js') })).rejects.toThrow(api.WorkerError);
    await expect(createEngine({ model, worker: workerOf('throw new Error("at once")') })).rejects.toThrow(
      api.WorkerError,
    );
    const later = workerOf('setTimeout(() => { throw new Error("too late") }, 50)');
    await expect(createEngine({ model, worker: later })).rejects.toThrow(/too late/);
  });
});

function bytes(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}
