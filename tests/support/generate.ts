import type { LanguageModel } from '../../src/model/language-model';
import type { GenerationOptions } from '../../src/model/generation-options';
import type { SamplingOptions } from '../../src/model/sampling-options';
import type { Random } from './random';

/** Sampling in which everything that a generation carries along has a say: state, position, counts. */
export function lively(random: Random): SamplingOptions {
  return {
    temperature: 1.2,
    topK: 0,
    topP: 0.98,
    minP: 0.001,
    repetitionPenalty: 1.1,
    presencePenalty: 0.2,
    frequencyPenalty: 0.1,
    seed: random.uint32(),
  };
}

export function randomIds(random: Random, length: number, vocabSize: number): number[] {
  return Array.from({ length }, () => random.integer(0, vocabSize - 1));
}

/** One answer, start to end. */
export async function generateAll(
  model: LanguageModel,
  prompt: readonly number[],
  options: SamplingOptions & Pick<GenerationOptions, 'maxTokens'> & Partial<GenerationOptions>,
): Promise<{ ids: number[]; cachedTokens: number }> {
  const generation = await model.generate(prompt, { stopTokenIds: [], ...options });
  const ids: number[] = [];
  for (let fresh = await generation.next(); fresh.length > 0; fresh = await generation.next()) ids.push(...fresh);
  await generation.end(ids.length);
  return { ids, cachedTokens: generation.cachedTokens };
}
