/// <reference types="dom-chromium-ai" />
import { expect, it } from 'vitest';
import { defineLanguageModel } from '../../../src/api/prompt-api';

/** Compiles only where Sterna's LanguageModel can stand wherever the browser's is expected. */
async function asTheBrowsers(Model: typeof LanguageModel): Promise<string> {
  const options: LanguageModelCreateOptions = {
    initialPrompts: [{ role: 'system', content: 'Be brief.' }],
    monitor(monitor) {
      monitor.addEventListener('downloadprogress', ({ loaded }) => {
        console.log(loaded);
      });
    },
  };
  const availability: Availability = await Model.availability(options);
  const session: LanguageModel = await Model.create(options);
  session.oncontextoverflow = ({ type }) => {
    console.log(type);
  };
  const clone: LanguageModel = await session.clone();
  const byForm: LanguageModelPromptOptions = {
    responseConstraint: { type: 'boolean' },
    omitResponseConstraintInput: true,
  };
  const usage: number = await clone.measureContextUsage([{ role: 'user', content: 'Hi' }], byForm);
  console.log(await clone.prompt('Hi', byForm), clone.promptStreaming('Hi', byForm));
  return `${availability} ${usage} ${clone.contextWindow}`;
}

it('has the type of the browsers’ LanguageModel, and is no class to construct', () => {
  const Model: typeof LanguageModel = defineLanguageModel({ model: '/pack/' });
  expect(typeof asTheBrowsers).toBe('function');
  expect(() => new (Model as unknown as new () => LanguageModel)()).toThrow(TypeError);
  expect(Object.getPrototypeOf(Model.prototype)).toBeTypeOf('object');
  expect(Model.name).toBe('LanguageModel');
});
