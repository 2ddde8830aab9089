/** How the next token is chosen. In this order: bias, penalties, temperature, cuts (docs/MODEL.md section 14). */
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
  /** Is added to the logits of tokens, before penalties; ids of the vocabulary, none twice, MOST_BIASES at most. */
  logitBias?: readonly (readonly [id: number, bias: number])[];
  /** Asks for log probabilities of each sampled token and of so many likeliest ones, MOST_LOGPROBS at most. */
  topLogprobs?: number;
}

/** Tokens that may have a bias. */
export const MOST_BIASES = 1024;
/** Likeliest tokens whose log probabilities can be asked for. */
export const MOST_LOGPROBS = 20;

/** A token and the natural logarithm of its probability, before bias, penalties, temperature and cuts. */
export interface TokenLogprob {
  id: number;
  logprob: number;
}

/** A sampled token, and the likeliest ones at its place: the likeliest first, of equals the lowest id. */
export interface SampledLogprob extends TokenLogprob {
  top: TokenLogprob[];
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
