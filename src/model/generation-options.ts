import type { SamplingOptions } from './sampling-options';

/** How one answer is generated: how tokens are chosen and when it ends. */
export interface GenerationOptions extends SamplingOptions {
  /** The most tokens to generate, the end token included; 1 or more. */
  maxTokens: number;
  /** Ids that end the answer; the one that did is the last id delivered. */
  stopTokenIds: readonly number[];
  /** Keeps the state before the prompt's last token, so that another answer to it needs no more than that token fed. */
  sharesPrompt?: boolean;
}
