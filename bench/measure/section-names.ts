/** The sections of the benchmark that look at one model on the GPU; memory first, before others allocate. */
export const SECTION_NAMES = ['memory', 'decode', 'prefill', 'floor', 'kernels'] as const;
export type SectionName = (typeof SECTION_NAMES)[number];
