import type { SamplingOptions } from './sampling-options';

/**
 * The tokens that may come after those that have been sampled: bits, token t in bit t % 32 of word t / 32. To be asked
 * before each step, so that such an answer takes one step a submit. @throws RequestError where there is none.
 */
export type AllowedTokens = (sampled: readonly number[]) => Promise<Uint32Array<ArrayBuffer>>;

/** How one answer is generated: how tokens are chosen and when it ends. */
export interface GenerationOptions extends SamplingOptions {
  /** The most tokens to generate, the end token included; 1 or more. */
  maxTokens: number;
  /** Ids that end the answer; the one that did is the last id delivered. */
  stopTokenIds: readonly number[];
  /** Which tokens may come; all if left out. */
  allowed?: AllowedTokens | undefined;
  /** Keeps the state before the prompt's last token, so that another answer to it needs no more than that token fed. */
  sharesPrompt?: boolean;
}
