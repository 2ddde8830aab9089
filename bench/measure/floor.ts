import { GpuTimer } from '../../src/gpu/timestamps';
import { ternaryWeights } from '../model/shapes';
import type { Effort } from './effort';
import { type Ceilings, measureCeilings } from './hardware';
import { measureNothing } from './nothing-stream';
import type { Sample } from './statistics';
import { watchDecode } from './step-stream';
import type { Subject } from './subject';

/** The least time that a step can take on this device and in this browser, and what it is made of. */
export interface FloorResult extends Ceilings {
  /** That a decode step has to read and write at least. */
  bytesPerToken: number;
  dispatches: number;
  /** bytesPerToken over the bandwidth, plus the time of as many empty dispatches. */
  gpuMilliseconds: number;
  /** Wall time of a step whose kernels return at once. */
  nothingMilliseconds: Sample;
  /** By the larger of the two. */
  tokensPerSecond: number;
  /** By the rate of dot products alone; null without them. */
  prefillTokensPerSecond: number | null;
}

/** Dispatches of a step at least: four a layer, embedding, head, penalties and choice. */
function leastDispatches(layerCount: number): number {
  return 4 * layerCount + 4;
}

/** @throws GpuError without timestamp queries. */
export async function measureFloor(subject: Subject, effort: Effort): Promise<FloorResult> {
  const { gpu, config, model } = subject;
  const { ternary, parameters } = model.bytesByKind;
  const stateBytes = config.layerCount * config.stateSize * 4;
  const logitBytes = config.vocabSize * 4;
  const bytesPerToken = ternary + parameters + 2 * stateBytes + 2 * logitBytes;
  const dispatches = leastDispatches(config.layerCount);
  const timer = new GpuTimer(gpu);
  try {
    const nothingMilliseconds = await watchDecode(subject, (stream) => measureNothing(subject, stream, effort));
    const ceilings = await measureCeilings(gpu, timer, effort);
    const { bandwidth, dispatchNanoseconds, dotRate } = ceilings;
    const gpuMilliseconds = (bytesPerToken * 1000) / bandwidth + (dispatches * dispatchNanoseconds) / 1e6;
    return {
      ...ceilings,
      bytesPerToken,
      dispatches,
      gpuMilliseconds,
      nothingMilliseconds,
      tokensPerSecond: 1000 / Math.max(gpuMilliseconds, nothingMilliseconds.median),
      prefillTokensPerSecond: dotRate === null ? null : dotRate / ternaryWeights(config).layers,
    };
  } finally {
    timer.dispose();
  }
}
