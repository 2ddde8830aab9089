import type { MemoryMode } from './memory-mode';
import type { Pace } from './pace';
import type { Tuning } from './plan/tuning';
import type { PrefillPace } from './prefill-pace';

/** How a model is to be made; the defaults suit all but tests and measurements. */
export interface ModelOptions extends Partial<Tuning> {
  /** `fast`, the default, or `compact`: ternary weights of 1.6 bits instead of 2, which take more work, and shorter slices. */
  memory?: MemoryMode;
  /** Keeps to one pace of decoding, as counts of submits need it. */
  pace?: Pace;
  /** Keeps to one pace of feeding prompts. */
  prefillPace?: PrefillPace;
  /** False keeps to the default tuning; so do options that force a part of it or a pace of decoding. */
  calibrate?: boolean;
}
