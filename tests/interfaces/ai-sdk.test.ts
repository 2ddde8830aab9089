import { generateText, jsonSchema, Output, streamText } from 'ai';
import { expect, it, onTestFinished } from 'vitest';
import { createEngine } from '../../src/api';
import { sterna } from '../../src/api/ai-sdk';
import { xgrammar } from '../../src/api/grammar';
import { startHost, stopHost } from '../support/browser-host';
import { Random, testSeed } from '../support/random';
import { tinyPack } from '../support/tiny-pack';

const seed = testSeed();

it(`the AI SDK gets the engine’s answers, whole and as they come (seed ${seed})`, async () => {
  const url = await startHost((await tinyPack(new Random(seed))).files);
  onTestFinished(() => stopHost(url));
  const engine = await createEngine({ model: url });
  onTestFinished(() => engine.dispose());
  const { choices, usage } = await engine.chat.completions.create({
    messages: [{ role: 'user', content: 'Hi' }],
    max_tokens: 20,
    seed: 1,
  });
  const call = { model: sterna(engine), prompt: 'Hi', maxOutputTokens: 20, seed: 1 };
  const whole = await generateText(call);
  expect(whole.text).toBe(choices[0].message.content);
  expect(whole.finishReason).toBe(choices[0].finish_reason);
  expect(whole.usage.outputTokens).toBe(usage.completion_tokens);
  let streamed = '';
  for await (const piece of streamText(call).textStream) streamed += piece;
  expect(streamed).toBe(whole.text);
});

it(`the AI SDK gets objects by a schema from an engine with a grammar (seed ${seed})`, async () => {
  const url = await startHost((await tinyPack(new Random(seed))).files);
  onTestFinished(() => stopHost(url));
  const engine = await createEngine({ model: url, grammar: xgrammar() });
  onTestFinished(() => engine.dispose());
  const schema = jsonSchema<{ kind: string; weight: number }>({
    type: 'object',
    properties: { kind: { enum: ['tern', 'gull'] }, weight: { type: 'integer', minimum: 90, maximum: 2000 } },
    required: ['kind', 'weight'],
    additionalProperties: false,
  });
  const call = { model: sterna(engine), prompt: 'A bird', maxOutputTokens: 100, temperature: 1.5, seed };
  const { output, warnings } = await generateText({ ...call, output: Output.object({ schema }) });
  expect(warnings).toEqual([]);
  expect(['tern', 'gull']).toContain(output.kind);
  expect(output.weight).toBeGreaterThanOrEqual(90);
  expect(output.weight).toBeLessThanOrEqual(2000);
  const streamed = streamText({ ...call, output: Output.object({ schema }) });
  expect(await streamed.output).toEqual(output);
});
