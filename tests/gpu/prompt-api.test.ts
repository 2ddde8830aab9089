import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createEngine, DownloadControl, StoreError, storedModels, WorkerError } from '../../src/api';
import { xgrammar } from '../../src/api/grammar';
import { defineLanguageModel, installLanguageModel, type LanguageModelClass } from '../../src/api/prompt-api';
import { startHost, stopHost, takeHostLog } from '../support/browser-host';
import { Random, testSeed } from '../support/random';
import { tinyPack } from '../support/tiny-pack';

const seed = testSeed();
const SYSTEM = { role: 'system', content: 'Speak as terns do.' } as const;

let url: string;
let Model: LanguageModelClass;
const download = new DownloadControl();
beforeAll(async () => {
  url = await startHost((await tinyPack(new Random(seed), { chunkBytes: 4096 })).files);
  Model = defineLanguageModel({ model: url, download });
});
afterAll(() => stopHost(url));

/** Greedy, as there are no seeds. */
const greedy = { samplingMode: 'most-predictable' } as const;

describe(`the Prompt API (seed ${seed})`, () => {
  it('loads the model for the first session, with progress from 0 to 1, and for no other', async () => {
    expect(await Model.availability()).toBe('downloadable');
    const seen: ProgressEvent[] = [];
    let byProperty = 0;
    download.pause();
    const creating = Model.create({
      initialPrompts: [SYSTEM],
      monitor: (monitor) => {
        monitor.addEventListener('downloadprogress', (event) => seen.push(event as ProgressEvent));
        monitor.ondownloadprogress = () => byProperty++;
      },
    });
    expect(await Model.availability()).toBe('downloading');
    download.resume();
    const session = await creating;
    expect(await Model.availability()).toBe('available');
    expect(session).toBeInstanceOf(Model);
    const loaded = seen.map((event) => event.loaded);
    expect([loaded[0], loaded.at(-1), byProperty]).toEqual([0, 1, seen.length]);
    expect(loaded.every((part, index) => (part * 65536) % 1 === 0 && part > (loaded[index - 1] ?? -1))).toBe(true);
    expect(seen.every(({ total, lengthComputable }) => total === 1 && lengthComputable)).toBe(true);

    await takeHostLog(url);
    const [other] = await Promise.all([Model.create(), Model.create()]);
    expect(await takeHostLog(url)).toEqual([]);
    expect(session.contextUsage).toBe(`system ${SYSTEM.content}`.length + 2);
    expect(other.contextUsage).toBe(0);
  });

  it('says that a pack in storage is available before it is loaded, while it is, and no more when it is deleted', async () => {
    const Later = defineLanguageModel({ model: url });
    expect(await Later.availability()).toBe('available');
    expect(await Later.availability({ expectedOutputs: [{ type: 'text', languages: ['en'] }] })).toBe('available');
    const creating = Later.create();
    expect(await Later.availability()).toBe('available');
    await creating;
    await storedModels.delete(url);
    expect(await Later.availability()).toBe('available');
    expect(await defineLanguageModel({ model: url }).availability()).toBe('downloadable');
  });

  it('says what there is where the storage refuses, no worker starts, or the model is none', async () => {
    const has = vi.spyOn(storedModels, 'has');
    try {
      const Other = defineLanguageModel({ model: url });
      has.mockRejectedValue(new StoreError('is blocked'));
      expect(await Other.availability()).toBe('downloadable');
      has.mockRejectedValue(new WorkerError('could not be started'));
      expect(await Other.availability()).toBe('unavailable');
    } finally {
      has.mockRestore();
    }
    expect(await defineLanguageModel({ model: 'ftp://host.invalid/' }).availability()).toBe('unavailable');
  });

  it('answers as the engine’s own session does, whole and as it comes', async () => {
    const session = await Model.create({ initialPrompts: [SYSTEM], ...greedy });
    const clone = await session.clone();
    expect(clone).toBeInstanceOf(Model);
    expect(clone.contextUsage).toBe(session.contextUsage);
    const engine = await createEngine({ model: url });
    const own = await engine.sessions.create({ messages: [SYSTEM], temperature: 0 });
    const expected = await own.prompt('Hi');
    await engine.dispose();

    const before = session.contextUsage;
    const measured = await session.measureContextUsage('Hi');
    expect(await session.prompt('Hi')).toBe(expected);
    expect(session.contextUsage).toBeGreaterThan(before + measured);
    let streamed = '';
    for await (const piece of clone.promptStreaming([{ role: 'user', content: [{ type: 'text', value: 'Hi' }] }])) {
      streamed += piece;
    }
    expect(streamed).toBe(expected);
    const total = clone.contextUsage;
    await clone.append('More');
    expect(clone.contextUsage).toBeGreaterThan(total);
    expect([session.contextWindow, session.inputQuota]).toEqual([Infinity, Infinity]);
    expect(session.inputUsage).toBe(session.contextUsage);
    expect(await session.measureInputUsage('Hi')).toBe(await session.measureContextUsage('Hi'));
    expect([session.temperature, session.topK]).toEqual([0, 0]);
    expect(await Model.params()).toMatchObject({ defaultTemperature: 0.5, maxTemperature: 2 });
  });

  it('refuses by name what it cannot do', async () => {
    const options = (given: unknown) => given as Parameters<LanguageModelClass['create']>[0];
    const image = options({ expectedInputs: [{ type: 'image' }] });
    expect(await Model.availability(image)).toBe('unavailable');
    await expect(Model.create(image)).rejects.toMatchObject({ name: 'NotSupportedError' });
    await expect(Model.create(options({ tools: [{}] }))).rejects.toThrow(/tools/);
    await expect(Model.create(options({ initialPrompts: 'Hi' }))).rejects.toThrow(TypeError);
    await expect(Model.availability(options({ expectedInputs: [{ type: 'smell' }] }))).rejects.toThrow(TypeError);
    const session = await Model.create();
    for (const responseConstraint of [{}, /a/]) {
      const refused = {
        name: 'NotSupportedError',
        message: expect.stringMatching(/responseConstraint.*xgrammar/) as unknown,
      };
      await expect(session.prompt('Hi', { responseConstraint })).rejects.toMatchObject(refused);
      await expect(session.measureContextUsage('Hi', { responseConstraint })).rejects.toMatchObject(refused);
      expect(() => session.promptStreaming('Hi', { responseConstraint })).toThrow(/responseConstraint/);
    }
    await expect(session.prompt(7 as unknown as string)).rejects.toThrow(TypeError);
    session.destroy();
  });

  it('holds an answer to a constraint where there is a grammar engine, and only that one', async () => {
    const Constrained = defineLanguageModel({ model: url, grammar: xgrammar() });
    const session = await Constrained.create({ initialPrompts: [SYSTEM], ...greedy });
    const free = await session.clone();
    const refused = { name: 'NotSupportedError' };
    for (const [responseConstraint, place] of [
      [{ type: 'array', uniqueItems: true }, 'responseConstraint.uniqueItems'],
      [{ type: 'integer', minimum: 3, maximum: 2 }, 'responseConstraint'],
      [/(a)\1/, 'responseConstraint'],
      [/ab/i, 'responseConstraint'],
    ] as const) {
      await expect(session.prompt('Hi', { responseConstraint })).rejects.toMatchObject(refused);
      const reader = session.promptStreaming('Hi', { responseConstraint }).getReader();
      await expect(reader.read()).rejects.toThrow(`${place}: `);
    }
    const within: Record<string, unknown> = {};
    within.self = within;
    await expect(session.prompt('Hi', { responseConstraint: within })).rejects.toMatchObject(refused);
    expect(session.contextUsage).toBe(free.contextUsage);

    const schema = { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] };
    const measured = await session.measureContextUsage('Hi');
    for (const omitResponseConstraintInput of [false, true]) {
      const options = { responseConstraint: schema, omitResponseConstraintInput };
      expect(await session.measureContextUsage('Hi', options)).toBe(measured);
      const clone = await session.clone();
      expect(await clone.prompt('Hi', options)).toMatch(/^\{"ok": ?(?:true|false)\}$/);
    }
    let streamed = '';
    for await (const piece of session.promptStreaming('Hi', { responseConstraint: /[a-f]{3}-\d/ })) streamed += piece;
    expect(streamed).toMatch(/^[a-f]{3}-\d$/);

    await free.append([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: streamed },
    ]);
    expect(await session.prompt('And now?')).toBe(await free.prompt('And now?'));
  });

  it('stops what is aborted, with the signal’s reason', async () => {
    const reason = new Error('enough');
    const aborted = AbortSignal.abort(reason);
    await expect(Model.create({ signal: aborted })).rejects.toBe(reason);
    const session = await Model.create();
    await expect(session.prompt('Hi', { signal: aborted })).rejects.toBe(reason);
    await expect(session.append('Hi', { signal: aborted })).rejects.toBe(reason);
    await expect(session.clone({ signal: aborted })).rejects.toBe(reason);
    expect(() => session.promptStreaming('Hi', { signal: aborted })).toThrow(reason);
    const controller = new AbortController();
    const answer = session.prompt('Hi', { signal: controller.signal });
    const stream = session.promptStreaming('Hi', { signal: controller.signal });
    controller.abort();
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    await expect(stream.getReader().read()).rejects.toMatchObject({ name: 'AbortError' });
    expect(await session.prompt('Hi')).toBeTypeOf('string');
    session.destroy();
  });

  it('ends with destroy, and with the signal that it was created with', async () => {
    const session = await Model.create();
    const pending = expect(session.prompt('Hi')).rejects.toMatchObject({ name: 'InvalidStateError' });
    session.destroy();
    await pending;
    await expect(session.prompt('Hi')).rejects.toMatchObject({ name: 'InvalidStateError' });
    expect(() => session.promptStreaming('Hi')).toThrow(/destroyed/);
    expect(session.contextUsage).toBe(0);

    const controller = new AbortController();
    const other = await Model.create({ signal: controller.signal });
    const clone = await other.clone();
    const reason = new Error('no more');
    const cut = expect(other.prompt('Hi')).rejects.toBe(reason);
    controller.abort(reason);
    await cut;
    await expect(other.clone()).rejects.toBe(reason);
    expect(await clone.prompt('Hi')).toBeTypeOf('string');
  });

  it('says why a model cannot be loaded, and tries again the next time', async () => {
    const Missing = defineLanguageModel({ model: `${url}nothing/`, patience: { tries: 1 } });
    await expect(Missing.create()).rejects.toMatchObject({ name: 'NetworkError' });
    await expect(Missing.create()).rejects.toThrow(/nothing\/sterna\.json/);
    const error = new Error('from the page');
    const monitor = () => {
      throw error;
    };
    await expect(Model.create({ monitor })).rejects.toBe(error);
  });

  it('stops a load that nobody waits for any more, and only such a one', async () => {
    const paused = new DownloadControl();
    paused.pause();
    const Slow = defineLanguageModel({ model: `${url}never/`, download: paused });
    const [one, other] = [new AbortController(), new AbortController()];
    const first = expect(Slow.create({ signal: one.signal })).rejects.toMatchObject({ name: 'AbortError' });
    const second = expect(Slow.create({ signal: other.signal })).rejects.toMatchObject({ name: 'AbortError' });
    one.abort();
    await first;
    expect(await Slow.availability()).toBe('downloading');
    other.abort();
    await second;
    expect(await Slow.availability()).toBe('downloadable');
  });

  it('takes the place of the browser’s own only where there is none', () => {
    const place = globalThis as { LanguageModel?: unknown };
    const before = Object.getOwnPropertyDescriptor(globalThis, 'LanguageModel');
    Reflect.deleteProperty(globalThis, 'LanguageModel');
    try {
      expect(installLanguageModel({ model: url })).toBe(true);
      const installed = place.LanguageModel;
      expect(installed).toBeTypeOf('function');
      expect(installLanguageModel({ model: url })).toBe(false);
      expect(place.LanguageModel).toBe(installed);
    } finally {
      Reflect.deleteProperty(globalThis, 'LanguageModel');
      if (before !== undefined) Object.defineProperty(globalThis, 'LanguageModel', before);
    }
  });
});
