import type { AdapterDescription, OptionalFeature } from '../gpu/device';
import type { ModelConfig } from '../model/config';
import type { MemoryMode } from '../model/memory-mode';
import type { TuningName } from '../model/plan/candidates';

/** Part of every key: counts up when what was measured before no longer holds for the kernels. */
const FORMAT = 1;

/**
 * Where the tunings that were found to be fastest are kept between visits. Without it an engine measures again, so
 * nothing here ever fails: what cannot be read is absent, and what cannot be written is let go.
 */
export interface TuningStore {
  /** All that is kept, by key: it is read before it is known which key is asked for. */
  readAll(): Promise<ReadonlyMap<string, TuningName>>;
  put(key: string, name: TuningName): Promise<void>;
}

/** The key of a model's shape and codes on a device: what a tuning was measured on. */
export function tuningKey(
  { vendor, architecture, description, subgroupSize }: AdapterDescription,
  features: ReadonlySet<OptionalFeature>,
  { vocabSize, hiddenSize, stateSize, intermediateSize, layerCount }: ModelConfig,
  memory: MemoryMode,
): string {
  const device = [vendor, architecture, description, subgroupSize, [...features].toSorted()];
  return JSON.stringify([FORMAT, device, memory, [vocabSize, hiddenSize, stateSize, intermediateSize, layerCount]]);
}
