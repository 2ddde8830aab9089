import type { Effort } from './effort';
import { type Sample, sample } from './statistics';
import type { Subject } from './subject';
import { generationOptions, randomIds } from './texts';

/** By tokens of the prompt. */
export interface PrefillResult {
  /** Prompt tokens a second, until the first sampled token is there. */
  rate: Record<string, Sample>;
  /** Milliseconds until then. */
  firstToken: Record<string, Sample>;
}

/** Time to the first token of prompts that the model has not seen, by the page's clock. */
export async function measurePrefill(subject: Subject, effort: Effort): Promise<PrefillResult> {
  const result: PrefillResult = { rate: {}, firstToken: {} };
  let texts = 1000;
  const warmLength = effort.prompts[0];
  for (const start = performance.now(); performance.now() - start < effort.warmMilliseconds;) {
    await timeToFirstToken(subject, warmLength, texts++);
  }
  for (const length of effort.prompts) {
    const times: number[] = [];
    for (let run = 0; run < effort.runs; run++) times.push(await timeToFirstToken(subject, length, texts++));
    result.firstToken[length] = sample(times);
    result.rate[length] = sample(times.map((time) => (length * 1000) / time));
  }
  return result;
}

async function timeToFirstToken({ model, config }: Subject, length: number, text: number): Promise<number> {
  const prompt = randomIds(length, config.vocabSize, text);
  const start = performance.now();
  const generation = await model.generate(prompt, generationOptions('sampled', 1, text));
  await generation.next();
  const elapsed = performance.now() - start;
  await generation.end(0);
  return elapsed;
}
