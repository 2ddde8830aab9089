import { GpuDevice } from '../../src/gpu/device';
import type { DeviceOptions } from '../../src/gpu/device';

/** A device on which whatever WebGPU reports as an error fails the test run. */
export async function gpuTestDevice(options: DeviceOptions = {}): Promise<GpuDevice> {
  const gpu = await GpuDevice.request(options);
  gpu.device.addEventListener('uncapturederror', ({ error }) => {
    throw new Error(error.message);
  });
  return gpu;
}

/** The same device, but what it says of itself is changed: production code meets other limits and adapters. */
export function disguised(gpu: GpuDevice, changes: Partial<Pick<GpuDevice, 'limits' | 'adapter'>>): GpuDevice {
  const descriptors = Object.entries(changes).map(([name, value]) => [name, { value }] as const);
  return Object.create(gpu, Object.fromEntries(descriptors)) as GpuDevice;
}
