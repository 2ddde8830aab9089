/** How the next token is chosen. The steps go in the order of these fields from the bottom up: penalties, temperature, cuts. */
export interface SamplingOptions {
  /** Divides the logits; 0 takes the likeliest token (the lowest id of equals). */
  temperature: number;
  /** Keeps the k likeliest tokens; 0 = off. */
  topK: number;
  /** Keeps the fewest likeliest tokens whose mass reaches this share; 1 = off. */
  topP: number;
  /** Drops tokens less likely than this share of the likeliest one; 0 = off. */
  minP: number;
  /** Divides positive and multiplies negative logits of tokens seen in prompt or answer; 1 = off. */
  repetitionPenalty: number;
  /** Is taken from the logits of tokens seen in prompt or answer; 0 = off. */
  presencePenalty: number;
  /** Is taken from a token's logit once for each time it was seen in prompt or answer; 0 = off. */
  frequencyPenalty: number;
  /** Key of the random numbers, a uint32: same seed, same device, same tokens. */
  seed: number;
}

/** The likeliest token always, and nothing else. */
export const GREEDY: SamplingOptions = {
  temperature: 0,
  topK: 0,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
  seed: 0,
};
