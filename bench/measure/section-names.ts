/**
 * The sections of the benchmark that look at one model on the GPU; memory first, before others allocate, and calibration
 * last, as it changes the model.
 */
export const SECTION_NAMES = [
  'memory',
  'decode',
  'prefill',
  'floor',
  'kernels',
  'abort',
  'sessions',
  'calibration',
] as const;
export type SectionName = (typeof SECTION_NAMES)[number];
