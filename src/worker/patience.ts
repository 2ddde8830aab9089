/** How long a download keeps trying. */
export interface Patience {
  /** How often a chunk is asked for in vain before loading fails. */
  tries: number;
  /** Milliseconds from the first failure to the second try. Each further pause is twice as long, and chance up to doubles each. */
  delay: number;
  /** After so many milliseconds without a byte a connection counts as broken. */
  stall: number;
}

export const DEFAULT_PATIENCE: Patience = { tries: 5, delay: 500, stall: 30_000 };
