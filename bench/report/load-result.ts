import type { Sample } from '../measure/statistics';

/** Starts of an engine with an empty and with a filled storage; times in milliseconds, of the page's clock. */
export interface LoadResult {
  /** To the first text of an answer. */
  coldMilliseconds: number;
  warmMilliseconds: Sample;
  /** To the engine being there. */
  coldLoadMilliseconds: number;
  warmLoadMilliseconds: Sample;
  /** Of the page's main thread over all starts and answers; 0 if none took 50 ms. */
  longestTaskMilliseconds: number;
  longestFrameMilliseconds: number;
  /** Largest JavaScript heap of page and workers together, what lies outside it (ArrayBuffers) included, in bytes. */
  coldPeakHeapBytes: number;
  warmPeakHeapBytes: number;
  packBytes: number;
}
