import { describe, expect, it } from 'vitest';
import type { AdapterDescription, GpuDevice, OptionalFeature } from '../../../src/gpu/device';
import { chooseTuning } from '../../../src/model/plan/tuning';

function gpu(adapter: Partial<AdapterDescription>, ...features: OptionalFeature[]): GpuDevice {
  const nameless = { vendor: '', architecture: '', description: '', fallback: false, subgroupSize: 32 };
  return { adapter: { ...nameless, ...adapter }, features: new Set(features) } as unknown as GpuDevice;
}

describe('the tuning of a device', () => {
  it('exchanges within subgroups where there are any and their size is known', () => {
    expect(chooseTuning(gpu({}, 'subgroups'))).toMatchObject({ plan: 'fused', team: 'subgroup', subgroup: 32 });
    expect(chooseTuning(gpu({})).team).toBe('workgroup');
    expect(chooseTuning(gpu({ subgroupSize: 1 }, 'subgroups')).team).toBe('workgroup');
  });

  it('leaves a CPU adapter without teams, repeated heads and long compilation', () => {
    const tuning = chooseTuning(gpu({ fallback: true, subgroupSize: 4 }, 'subgroups'));
    expect(tuning).toMatchObject({ plan: 'split', team: 'single', unroll: false, prefill: 'rows' });
  });

  it('is what options force', () => {
    expect(chooseTuning(gpu({}, 'subgroups'), { plan: 'split', workgroup: 64 })).toMatchObject({
      plan: 'split',
      workgroup: 64,
      team: 'subgroup',
    });
  });
});
