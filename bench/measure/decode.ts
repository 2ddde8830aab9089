import type { Effort } from './effort';
import { type Sample, sample } from './statistics';
import type { Subject } from './subject';
import { generationOptions, randomIds, SAMPLING, type SamplingName } from './texts';

/** Decode rates in tokens a second, by tokens before. */
export type DecodeResult = Record<SamplingName, Record<string, Sample>>;

const SAMPLING_NAMES = Object.keys(SAMPLING) as SamplingName[];

const ENDLESS = 2 ** 30;

/** Tokens a second at batch 1, as the page's clock sees them, greedy, sampled and with log probabilities, after texts of several lengths. */
export async function measureDecode(subject: Subject, effort: Effort): Promise<DecodeResult> {
  const result: DecodeResult = { greedy: {}, sampled: {}, logprobs: {} };
  for (const [index, context] of effort.contexts.entries()) {
    const prompt = randomIds(context, subject.config.vocabSize, index + 1);
    await storeStateOf(subject, prompt.slice(0, -1));
    for (const sampling of SAMPLING_NAMES) {
      // What they cost does not hang on the text's length.
      if (sampling === 'logprobs' && index > 0) continue;
      const rate = await estimate(subject, prompt, sampling, effort.warmMilliseconds);
      const tokens = Math.max(16, Math.round((rate * effort.runMilliseconds) / 1000));
      const rates: number[] = [];
      for (let run = 0; run < effort.runs; run++) rates.push(await decodeRate(subject, prompt, sampling, tokens, run));
      result[sampling][context] = sample(rates);
    }
  }
  return result;
}

/** The model keeps the state after a text that it was given, so the runs need not feed it again. */
async function storeStateOf({ model }: Subject, ids: readonly number[]): Promise<void> {
  const generation = await model.generate(ids, generationOptions('greedy', 1, 0));
  await generation.end(0);
}

/** Decodes for a while, which also warms the GPU up; tokens a second. */
async function estimate(
  { model }: Subject,
  prompt: readonly number[],
  sampling: SamplingName,
  milliseconds: number,
): Promise<number> {
  const generation = await model.generate(prompt, generationOptions(sampling, ENDLESS, 0));
  await generation.next();
  const start = performance.now();
  let tokens = 0;
  while (performance.now() - start < milliseconds) tokens += (await generation.next()).length;
  const elapsed = performance.now() - start;
  await generation.end(0);
  return (tokens * 1000) / elapsed;
}

/** From the first token, which belongs to the prefill, to the last. */
async function decodeRate(
  { model }: Subject,
  prompt: readonly number[],
  sampling: SamplingName,
  tokens: number,
  seed: number,
): Promise<number> {
  const generation = await model.generate(prompt, generationOptions(sampling, tokens + 1, seed));
  await generation.next();
  const start = performance.now();
  let count = 0;
  for (;;) {
    const fresh = await generation.next();
    if (fresh.length === 0) break;
    count += fresh.length;
  }
  const elapsed = performance.now() - start;
  await generation.end(0);
  if (count !== tokens) throw new RangeError(`${count} tokens came instead of ${tokens}`);
  return (count * 1000) / elapsed;
}
