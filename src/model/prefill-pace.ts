/** How a prompt is fed. */
export interface PrefillPace {
  /** Tokens of a slice at most. */
  sliceTokens: number;
  slicesInFlight: number;
}

/** A slice that is long enough to keep a GPU busy, and short enough to begin with. */
const FIRST_SLICE_TOKENS = 128;
/** A slice takes no longer, so that a page keeps its frames; as long as this allows, as short ones leave much to launches. */
const SLICE_MILLISECONDS = 16;
/** Beyond it a slice gains little, and its memory is better spent on weights. */
const LONGEST_SLICE_TOKENS = 512;
/** Work in flight at most, in milliseconds: what is submitted cannot be stopped. */
const IN_FLIGHT_MILLISECONDS = 50;

/**
 * Tokens for which there is to be memory: whole grains, one at least.
 * @param tokenBytes working memory of one token
 * @param sliceBytes working memory that all of them may take
 */
export function longestSlice(grain: number, tokenBytes: number, sliceBytes: number): number {
  const tokens = Math.min(LONGEST_SLICE_TOKENS, sliceBytes / tokenBytes);
  return wholeGrains(tokens, grain);
}

function wholeGrains(tokens: number, grain: number): number {
  return grain * Math.max(1, Math.floor(tokens / grain));
}

/** Chooses how long slices are and how many are in flight: the GPU never waits for the page, and stopping stays quick. */
export class PrefillPacer {
  #tokensPerMillisecond: number | undefined;

  /**
   * @param grain tokens that cost as much as fewer ones
   * @param longest tokens of a slice for which there is memory
   * @param fixed a pace that is kept whatever is measured
   */
  constructor(
    private readonly grain: number,
    private readonly longest: number,
    private readonly fixed?: PrefillPace,
  ) {}

  get pace(): PrefillPace {
    if (this.fixed) return this.fixed;
    const rate = this.#tokensPerMillisecond;
    if (rate === undefined) return { sliceTokens: Math.min(this.longest, FIRST_SLICE_TOKENS), slicesInFlight: 1 };
    const sliceTokens = Math.min(this.longest, wholeGrains(rate * SLICE_MILLISECONDS, this.grain));
    return { sliceTokens, slicesInFlight: (2 * sliceTokens) / rate > IN_FLIGHT_MILLISECONDS ? 1 : 2 };
  }

  /** Tokens of the next slice where `left` are to be fed: no more slices than needed, and of one length, rather than a short last one. */
  next(left: number): number {
    const { sliceTokens } = this.pace;
    const even = this.grain * Math.ceil(left / Math.ceil(left / sliceTokens) / this.grain);
    return Math.min(left, sliceTokens, even);
  }

  /** Takes note that a prompt's first `tokens` fed tokens took so long by the wall clock. */
  measured(tokens: number, milliseconds: number): void {
    // Of a few tokens the time says nothing about many.
    const enough = Math.min(this.longest, FIRST_SLICE_TOKENS);
    if (tokens >= enough && milliseconds > 0) this.#tokensPerMillisecond = tokens / milliseconds;
  }
}
