import type { GpuDevice } from '../../gpu/device';
import type { ModelConfig } from '../config';
import { vectorsPerGroup } from './code-format';
import { type Projection, type ProjectionName, projections } from './projections';
import { rowShape } from './row-shape';
import type { Tuning } from './tuning';

const STAGE_GROUPS = 16;

/** Bytes of workgroup memory that a fused kernel of this projection takes; each variable is padded to 16. */
export function fusedWorkgroupBytes(tuning: Tuning, name: ProjectionName, projection: Projection): number {
  const { groups, inputs, sums } = projection;
  const { workgroup, lanes } = rowShape(tuning, name, projection);
  const accumulators = sums + inputs;
  const span = Math.ceil(groups / lanes) * lanes;
  const activations = inputs * 4 * vectorsPerGroup(tuning.codes) * span;
  const exchanged =
    tuning.team === 'subgroup'
      ? [(accumulators * workgroup) / tuning.subgroup, 1]
      : [accumulators * workgroup, accumulators * STAGE_GROUPS, workgroup];
  return [activations, ...exchanged].reduce((sum, count) => sum + Math.ceil(count / 4) * 16, 0);
}

/** The tuning itself, or with the split plan where a fused kernel would not fit into this device's workgroup memory. */
export function tuningThatFits(gpu: GpuDevice, config: ModelConfig, tuning: Tuning): Tuning {
  const limit = gpu.limits.maxComputeWorkgroupStorageSize;
  const all = Object.entries(projections(config, tuning.codes)) as [ProjectionName, Projection][];
  const fits = all.every(([name, projection]) => fusedWorkgroupBytes(tuning, name, projection) <= limit);
  return fits ? tuning : { ...tuning, plan: 'split' };
}
