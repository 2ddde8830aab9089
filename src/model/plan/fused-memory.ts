import type { GpuDevice } from '../../gpu/device';
import type { ModelConfig } from '../config';
import { type Projection, projections } from './projections';
import { rowShape, type Tuning } from './tuning';
import type { Capacity } from './working-buffers';

/** Accumulators of one norm and quantisation besides one for each of its gains (src/shaders/normalise.wgsl). */
const SUMS = 2;
const REDUCE_GROUPS = 16;

/** Bytes of workgroup memory that a fused kernel of this projection takes; each variable is padded to 16. */
export function fusedWorkgroupBytes(tuning: Tuning, { rows, words, inputs }: Projection): number {
  const { workgroup } = rowShape(tuning, rows, words);
  const accumulators = SUMS + inputs;
  const variables = [
    accumulators * workgroup,
    accumulators * REDUCE_GROUPS,
    accumulators,
    inputs * 4 * words,
    tuning.team === 'workgroup' ? workgroup : 1,
  ];
  return variables.reduce((sum, count) => sum + Math.ceil(count / 4) * 16, 0);
}

/** The tuning itself, or with the split plan where a fused kernel would not fit into this device's workgroup memory. */
export function tuningThatFits(gpu: GpuDevice, config: ModelConfig, capacity: Capacity, tuning: Tuning): Tuning {
  const limit = gpu.limits.maxComputeWorkgroupStorageSize;
  const all = Object.values(projections(config, capacity));
  const fits = all.every((projection) => fusedWorkgroupBytes(tuning, projection) <= limit);
  return fits ? tuning : { ...tuning, plan: 'split' };
}
