import { type Dispatch, record } from '../../src/gpu/dispatch';
import { ReadbackRing } from '../../src/gpu/readback';
import { FASTEST_PACE } from '../../src/model/pace';
import type { Effort } from './effort';
import { type Sample, sample } from './statistics';
import type { StepStream } from './step-stream';
import type { Subject } from './subject';

const REPORT_BYTES = 128;

/**
 * Wall time of a decode step, in milliseconds, whose kernels return at once: the same dispatches with the same bind
 * groups and workgroups, a read-back a submit, as many submits in flight as a generation has at its fastest. What is left
 * is what the browser and the driver take.
 */
export async function measureNothing({ gpu, pipelines }: Subject, stream: StepStream, effort: Effort): Promise<Sample> {
  const step = await Promise.all(
    stream.dispatches.map(async (dispatch) => ({
      ...dispatch,
      pipeline: await pipelines.twin(gpu.device, dispatch.pipeline),
    })),
  );
  const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const report = gpu.memory.create('benchmark', 'report', REPORT_BYTES, usage);
  const ring = new ReadbackRing(gpu.memory, 'report', REPORT_BYTES, FASTEST_PACE.submitsInFlight);
  const submit = () => submitSteps(gpu.device, step, report, ring);
  try {
    await stepMilliseconds(submit, effort.warmMilliseconds);
    const times: number[] = [];
    for (let run = 0; run < effort.runs; run++) times.push(await stepMilliseconds(submit, effort.runMilliseconds));
    return sample(times);
  } finally {
    ring.dispose();
    gpu.memory.free(report);
  }
}

function submitSteps(
  device: GPUDevice,
  step: readonly Dispatch[],
  report: GPUBuffer,
  ring: ReadbackRing,
): Promise<ArrayBuffer> {
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  for (let index = 0; index < FASTEST_PACE.stepsPerSubmit; index++) record(pass, step);
  pass.end();
  const read = ring.copy(encoder, report, 0, REPORT_BYTES);
  device.queue.submit([encoder.finish()]);
  return read();
}

async function stepMilliseconds(submit: () => Promise<ArrayBuffer>, milliseconds: number): Promise<number> {
  const inFlight: Promise<ArrayBuffer>[] = [];
  const start = performance.now();
  let submits = 0;
  while (performance.now() - start < milliseconds || inFlight.length > 0) {
    while (performance.now() - start < milliseconds && inFlight.length < FASTEST_PACE.submitsInFlight) {
      inFlight.push(submit());
      submits++;
    }
    await inFlight.shift();
  }
  return (performance.now() - start) / (submits * FASTEST_PACE.stepsPerSubmit);
}
