import type { SampledLogprob } from '../sampling-options';

/**
 * Log probabilities of a token and of the likeliest ones: the log-softmax of the logits as the model gives them. Of equal
 * logits the lower id comes first. Source: docs/MODEL.md section 14.
 *
 * @param logits [V], finite
 * @param id of the token that was chosen
 * @param count likeliest tokens
 */
export function logprobs(logits: Float32Array, id: number, count: number): SampledLogprob {
  const largest = logits.reduce((high, logit) => Math.max(high, logit), -Infinity);
  const logSum = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
  const of = (token: number) => ({ id: token, logprob: logits[token] - largest - logSum });
  const ranked = [...logits.keys()].sort((left, right) => logits[right] - logits[left] || left - right);
  return { ...of(id), top: ranked.slice(0, count).map(of) };
}
