import { expect, it } from 'vitest';
import { GpuError } from '../../src/errors';
import { LanguageModel } from '../../src/model/language-model';
import { gpuTestDevice } from '../support/gpu-test-device';
import { tinyConfig } from '../support/tiny-config';

it('tells of a kernel that does not compile while weights are uploaded, and at the end', async () => {
  const gpu = await gpuTestDevice();
  const { device } = gpu;
  const compile = device.createComputePipelineAsync.bind(device);
  device.createComputePipelineAsync = (descriptor) =>
    descriptor.label === 'choose' ? Promise.reject(new Error('too hard')) : compile(descriptor);
  try {
    const model = await LanguageModel.create(gpu, tinyConfig({ vocabSize: 4 }), 'F32');
    await expect.poll(() => model.flush().catch((error: unknown) => error)).toBeInstanceOf(GpuError);
    await expect(model.flush()).rejects.toThrow('choose');
    await expect(model.finishLoading()).rejects.toThrow('choose');
  } finally {
    gpu.dispose();
  }
});
