import type { GenerationOptions } from '../../src/model/language-model';
import { MOST_LOGPROBS } from '../../src/model/sampling-options';
import { RandomWords } from '../model/random-words';

const SAMPLED = { temperature: 0.8, topK: 40, topP: 0.95, repetitionPenalty: 1.1 };

/** How a token is chosen, for measurements. */
export const SAMPLING = {
  greedy: { temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1 },
  sampled: SAMPLED,
  logprobs: { ...SAMPLED, topLogprobs: MOST_LOGPROBS },
} as const;
export type SamplingName = keyof typeof SAMPLING;

/** A generation that no token ends. */
export function generationOptions(sampling: SamplingName, maxTokens: number, seed: number): GenerationOptions {
  const others = { minP: 0, presencePenalty: 0, frequencyPenalty: 0 };
  return { ...SAMPLING[sampling], ...others, seed, maxTokens, stopTokenIds: [] };
}

/** A text of random ids; another one for another `index`. */
export function randomIds(count: number, vocabSize: number, index: number): number[] {
  const words = new RandomWords(index, 'text');
  return Array.from({ length: count }, () => Math.floor(words.uniform() * vocabSize));
}
