import { Output, generateText, jsonSchema, streamText, tool } from 'ai';
import { describe, expect, test, vi } from 'vitest';
import { sterna } from '../../../src/api/ai-sdk';
import { DeviceLostError, RequestError } from '../../../src/errors';
import type { ChatEvent } from '../../../src/worker/chat';
import { FakeChatEngine } from '../../support/fake-chat-engine';

/** 10 tokens of prompt, 4 of them known already, at 200 new ones a second; 5 tokens in the 20 ms after the first. */
const end: ChatEvent = {
  kind: 'end',
  reason: 'length',
  usage: {
    promptTokens: 10,
    cachedTokens: 4,
    completionTokens: 5,
    firstTokenTime: 30,
    prefillTime: 30,
    decodedTokens: 4,
    decodeTime: 20,
  },
};
const usage = {
  inputTokens: 10,
  inputTokenDetails: { noCacheTokens: 6, cacheReadTokens: 4 },
  outputTokens: 5,
  totalTokens: 15,
};
const sternaTimings = { time_to_first_token_ms: 30, prefill_tokens_per_second: 200, decode_tokens_per_second: 200 };

function saying(...texts: string[]): FakeChatEngine {
  return new FakeChatEngine(async function* () {
    for (const text of texts) yield await Promise.resolve({ kind: 'text', text } as const);
    yield end;
    return undefined;
  });
}

describe('generateText', () => {
  test('gives the answer, why it ended and what it took', async () => {
    const engine = saying('Terns', ' fly far.');
    const result = await generateText({ model: sterna(engine), system: 'Be brief.', prompt: 'Tell me of terns.' });
    expect(result.text).toBe('Terns fly far.');
    expect(result.finishReason).toBe('length');
    expect(result.usage).toMatchObject(usage);
    expect(result.providerMetadata).toEqual({ sterna: sternaTimings });
    expect(result.response).toMatchObject({ modelId: 'fake-model', id: expect.stringMatching(/^chatcmpl-/) as string });
    expect(result.warnings).toEqual([]);
    expect(engine.asked[0].messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'text', text: 'Tell me of terns.' }] },
    ]);
  });

  test('hands on a conversation and every setting that Sterna has', async () => {
    const engine = saying('Yes.');
    await generateText({
      model: sterna(engine),
      messages: [
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: [{ type: 'text', text: 'Hi!' }] },
        { role: 'user', content: 'Do terns fly?' },
      ],
      maxOutputTokens: 50,
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      presencePenalty: 0.1,
      frequencyPenalty: 0.2,
      stopSequences: ['\n'],
      seed: 7,
      providerOptions: { sterna: { min_p: 0.05, repetition_penalty: 1.1 } },
    });
    expect(engine.asked).toEqual([
      {
        messages: [
          { role: 'user', content: [{ type: 'text', text: 'Hello' }] },
          { role: 'assistant', content: [{ type: 'text', text: 'Hi!' }] },
          { role: 'user', content: [{ type: 'text', text: 'Do terns fly?' }] },
        ],
        max_tokens: 50,
        temperature: 0.5,
        top_p: 0.9,
        top_k: 40,
        presence_penalty: 0.1,
        frequency_penalty: 0.2,
        stop: ['\n'],
        seed: 7,
        min_p: 0.05,
        repetition_penalty: 1.1,
        stream: false,
        stream_options: null,
      },
    ]);
  });

  test('answers without text', async () => {
    expect((await generateText({ model: sterna(saying()), prompt: 'Hi' })).text).toBe('');
  });

  test('warns of what Sterna does not do', async () => {
    const log = vi.spyOn(console, 'warn').mockReturnValue();
    const result = await generateText({
      model: sterna(saying('It rains.')),
      prompt: 'The weather?',
      tools: { weather: tool({ inputSchema: jsonSchema({ type: 'object' }) }) },
    });
    expect(result.text).toBe('It rains.');
    expect(result.warnings).toMatchObject([{ type: 'unsupported', feature: 'tools' }]);
    const { warnings } = await generateText({
      model: sterna(saying('{}')),
      prompt: 'An object',
      output: Output.object({ schema: jsonSchema({ type: 'object' }) }),
    });
    expect(warnings).toMatchObject([{ type: 'unsupported', feature: 'responseFormat' }]);
    log.mockRestore();
  });

  test('refuses what is no text by name, before the engine is asked', async () => {
    const engine = saying('never');
    const image = { type: 'file' as const, mediaType: 'image/png', data: new Uint8Array([1]) };
    const refusal = generateText({
      model: sterna(engine),
      messages: [{ role: 'user', content: [{ type: 'text', text: 'What is this?' }, image] }],
    });
    await expect(refusal).rejects.toThrow('prompt[0].content[1]: is a part of type "file"; Sterna takes only text');
    await expect(refusal).rejects.toThrow(RequestError);
    const output = { type: 'text' as const, value: 'rain' };
    const toolMessage = generateText({
      model: sterna(engine),
      messages: [
        { role: 'user', content: 'The weather?' },
        { role: 'tool', content: [{ type: 'tool-result', toolCallId: '1', toolName: 'weather', output }] },
      ],
    });
    await expect(toolMessage).rejects.toThrow('prompt[1]: is a tool message');
    expect(engine.asked).toEqual([]);
  });

  test('lets the engine’s errors through as they are', async () => {
    const lost = new DeviceLostError('the GPU device was lost three times');
    const engine = new FakeChatEngine(() => {
      throw lost;
    });
    await expect(generateText({ model: sterna(engine), prompt: 'Hi' })).rejects.toBe(lost);
    const unknown = generateText({
      model: sterna(saying('never')),
      prompt: 'Hi',
      providerOptions: { sterna: { mirostat: 2 } },
    });
    await expect(unknown).rejects.toThrow('mirostat: is not supported');
  });
});

describe('streamText', () => {
  test('gives the pieces as they come, then why it ended and what it took', async () => {
    const engine = saying('Terns', ' fly', ' far.');
    const result = streamText({ model: sterna(engine), prompt: 'Tell me of terns.', includeRawChunks: true });
    const parts = [];
    for await (const part of result.fullStream) parts.push(part);
    expect(parts.flatMap((part) => (part.type === 'text-delta' ? [part.text] : []))).toEqual([
      'Terns',
      ' fly',
      ' far.',
    ]);
    expect(parts.map(({ type }) => type).filter((type) => type !== 'raw' && type !== 'text-delta')).toEqual([
      'start',
      'start-step',
      'text-start',
      'text-end',
      'finish-step',
      'finish',
    ]);
    // The role, three pieces, and the end.
    expect(parts.filter(({ type }) => type === 'raw')).toHaveLength(5);
    expect(await result.finishReason).toBe('length');
    expect(await result.usage).toMatchObject(usage);
    expect(await result.providerMetadata).toEqual({ sterna: sternaTimings });
    expect(await result.response).toMatchObject({ modelId: 'fake-model' });
    expect(engine.asked[0].stream).toBe(true);
  });

  test('ends the answer when the signal is aborted', async () => {
    const stop = new AbortController();
    let seen: AbortSignal | undefined;
    const engine = new FakeChatEngine(async function* (signal) {
      seen = signal;
      yield { kind: 'text', text: 'Once' };
      await new Promise((_, reject) => {
        signal?.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
      });
      return undefined;
    });
    const onAbort = vi.fn();
    const result = streamText({ model: sterna(engine), prompt: 'A story', abortSignal: stop.signal, onAbort });
    let text = '';
    for await (const piece of result.textStream) {
      text += piece;
      stop.abort();
    }
    expect(text).toBe('Once');
    expect(seen?.aborted).toBe(true);
    expect(onAbort).toHaveBeenCalledOnce();
  });

  test('ends the answer when its reader leaves', async () => {
    const engine = saying('Once', ' upon');
    const { stream } = await sterna(engine).doStream({
      prompt: [{ role: 'user', content: [{ type: 'text', text: 'A story' }] }],
    });
    const reader = stream.getReader();
    expect((await reader.read()).value).toEqual({ type: 'stream-start', warnings: [] });
    await reader.cancel();
    expect(engine.left).toBe(true);
  });

  test('tells what failed in the middle', async () => {
    const lost = new DeviceLostError('the GPU device was lost three times');
    const engine = new FakeChatEngine(async function* () {
      yield { kind: 'text', text: 'Once' };
      await Promise.reject(lost);
      return undefined;
    });
    const onError = vi.fn();
    const result = streamText({ model: sterna(engine), prompt: 'A story', onError });
    let text = '';
    for await (const piece of result.textStream) text += piece;
    expect(text).toBe('Once');
    expect(onError).toHaveBeenCalledExactlyOnceWith({ error: lost });
  });

  test('tells what is wrong with a request', async () => {
    const onError = vi.fn();
    const result = streamText({ model: sterna(saying('never')), prompt: 'Hi', temperature: 3, onError });
    await result.consumeStream();
    expect(onError).toHaveBeenCalledExactlyOnceWith({
      error: new RequestError('must be a number from 0 to 2', { field: 'temperature' }),
    });
  });
});
