import type { SamplingOptions } from '../sampling-options';

/** Logits with the biases added, float32 [V]: the first of all changes. Source: docs/MODEL.md section 14. @param logits [V] */
export function addBiases(logits: Float32Array, { logitBias = [] }: Pick<SamplingOptions, 'logitBias'>): Float32Array {
  const biased = logits.slice();
  for (const [id, bias] of logitBias) biased[id] += Math.fround(bias);
  return biased;
}

/**
 * Logits after the penalties, float32 [V]: first the repetition penalty (of a token seen, a positive logit is divided by it
 * and any other multiplied), then the presence and frequency penalties. Source: docs/MODEL.md section 14.
 *
 * @param logits [V]
 * @param counts how often each token was seen, prompt included [V]
 */
export function penalise(
  logits: Float32Array,
  counts: Uint32Array,
  options: Pick<SamplingOptions, 'repetitionPenalty' | 'presencePenalty' | 'frequencyPenalty'>,
): Float32Array {
  const repetition = Math.fround(options.repetitionPenalty);
  const presence = Math.fround(options.presencePenalty);
  const frequency = Math.fround(options.frequencyPenalty);
  return logits.map((logit, id) => {
    const count = counts[id];
    if (count === 0) return logit;
    const repeated = Math.fround(logit > 0 ? logit / repetition : logit * repetition);
    return repeated - Math.fround(presence + Math.fround(frequency * count));
  });
}
