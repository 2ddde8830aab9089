import type { Subject } from './subject';
import { generationOptions, randomIds } from './texts';

/** Tokens that were decoded one by one, and how many of them the logits of the whole text agree with. */
export interface Agreement {
  decoded: number;
  agreeing: number;
}

const TOKENS = 16;

/**
 * Decodes greedily, then feeds the whole text at once: other kernels, which promise the same bits, so each token is the
 * likeliest by their logits too. A fault of a driver shows here on the device at hand.
 */
export async function measureAgreement({ model, config: { vocabSize } }: Subject): Promise<Agreement> {
  const prompt = randomIds(8, vocabSize, 6);
  const generation = await model.generate(prompt, generationOptions('greedy', TOKENS, 0));
  const decoded: number[] = [];
  for (;;) {
    const fresh = await generation.next();
    if (fresh.length === 0) break;
    decoded.push(...fresh);
  }
  await generation.end(0);
  const logits = await model.logits([...prompt, ...decoded]);
  const likeliest = (position: number) => {
    const row = logits.subarray(position * vocabSize, (position + 1) * vocabSize);
    // The lowest id of equals, as the sampler chooses.
    return row.reduce((best, value, id) => (value > row[best] ? id : best), 0);
  };
  const agreeing = decoded.filter((token, index) => token === likeliest(prompt.length - 1 + index)).length;
  return { decoded: decoded.length, agreeing };
}
