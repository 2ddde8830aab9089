import type { GpuDevice } from '../gpu/device';
import { KernelCompiler } from '../gpu/kernel';
import { Calibrator } from './calibrator';
import type { ModelConfig } from './config';
import { MEMORY_CHOICES } from './memory-mode';
import type { ModelOptions } from './model-options';
import { FASTEST_PACE } from './pace';
import { candidates, type TuningName } from './plan/candidates';
import { tuningThatFits } from './plan/fused-memory';
import { createStepLayouts, StepKernels } from './plan/kernels';
import { Sampler } from './plan/sampler';
import { createStepPlan } from './plan/step-plan';
import { chooseTuning, isForced, prefillGrain, type Tuning } from './plan/tuning';
import { WeightUpload } from './plan/upload';
import { allocateWeights } from './plan/weights';
import { allocateWorkingBuffers, type Capacity, logitsBinding, tokenBytes } from './plan/working-buffers';
import { longestSlice, type PrefillPace, PrefillPacer } from './prefill-pace';
import { StepRunner } from './step-runner';
import type { EmbeddingType } from './tensors';

/** Sampled tokens that can be taken back beyond those in flight: a stop string is seen some tokens late. */
const REWIND_TOKENS = 8;

const NO_TUNINGS: ReadonlyMap<TuningName, Tuning> = new Map();

/** What runs steps: there when all kernels are compiled. */
export interface Runtime {
  sampler: Sampler;
  runner: StepRunner;
}

/** What a language model consists of on a device. */
export interface ModelParts {
  capacity: Capacity;
  upload: WeightUpload;
  runtime: Promise<Runtime>;
  prefillPacer: PrefillPacer;
  /** The tuning of decode steps. */
  tuning: TuningName;
  /** Undefined where the tuning is settled. */
  calibrator: Calibrator | undefined;
}

/**
 * Allocates a model's buffers and begins to compile its kernels; resolves when weights can be uploaded.
 * @param remembered what a calibration found for such a model on such a device
 * @throws GpuError when the device offers less than the model needs
 */
export async function assembleModel(
  gpu: GpuDevice,
  config: ModelConfig,
  embeddings: EmbeddingType,
  options: ModelOptions,
  remembered: TuningName | undefined,
): Promise<ModelParts> {
  const { codes, sliceBytes } = MEMORY_CHOICES[options.memory ?? 'fast'];
  const chosen = chooseTuning(gpu, { codes, ...options });
  const capacity = chooseCapacity(gpu, config, chosen, sliceBytes, options.prefillPace);
  const tuning = tuningThatFits(gpu, config, chosen);
  const compiler = new KernelCompiler(gpu);
  const layouts = createStepLayouts(gpu);
  const { weights, working } = await gpu.checked('Allocating the model', () => ({
    weights: allocateWeights(gpu, config, embeddings, tuning.codes),
    working: allocateWorkingBuffers(gpu, config, capacity),
  }));
  const tunings = mayCalibrate(gpu, options) ? candidates(gpu, config, tuning) : NO_TUNINGS;
  const known = remembered !== undefined && tunings.has(remembered) ? remembered : undefined;
  const kernelsOf = (own: Tuning, from: KernelCompiler) => new StepKernels(gpu, from, layouts, config, capacity, own);
  const kernels = kernelsOf(tuning, compiler);
  const planWith = (decodeKernels: StepKernels) =>
    createStepPlan(gpu, kernels, layouts, config, embeddings, weights, working, decodeKernels);
  const shape = { vocabSize: config.vocabSize, slots: capacity.slots, workgroup: tuning.workgroup };
  // First of all the one kernel that uploads wait for.
  const uploading = WeightUpload.create(gpu, compiler, config, embeddings, weights);
  const compiling = Promise.all([
    // What compiled once need not do so for ever: drivers are updated.
    planWith(kernelsOf(tunings.get(known ?? 'default') ?? tuning, compiler)).catch(() => planWith(kernels)),
    Sampler.create(gpu, compiler, shape, working.step, logitsBinding(working)),
  ]);
  const submits = options.pace?.submitsInFlight ?? FASTEST_PACE.submitsInFlight;
  const runtime = compiling.then(([plan, sampler]) => ({
    sampler,
    runner: new StepRunner(gpu, config, capacity, working, plan, sampler, submits),
  }));
  // Told by `flush` and `finishLoading`; until the upload's kernel is there, nobody listens.
  runtime.catch(() => undefined);
  const prefillPacer = new PrefillPacer(prefillGrain(tuning), capacity.sliceTokens, options.prefillPace);
  // What loses is let go with its compiler.
  const candidateCompiler = new KernelCompiler(gpu);
  const build = async (name: TuningName) => {
    const { plan } = (await runtime).runner;
    const own = name === 'default' ? undefined : tunings.get(name);
    return own === undefined ? plan : plan.withDecode(kernelsOf(own, candidateCompiler));
  };
  const isSettled = known !== undefined || tunings.size < 2;
  return {
    capacity,
    upload: await uploading,
    runtime,
    prefillPacer,
    tuning: known ?? 'default',
    calibrator: isSettled ? undefined : new Calibrator([...tunings.keys()], build),
  };
}

/** CPU adapters keep the default: trying others would take them long, and a calibration measures at the fastest pace. */
function mayCalibrate(gpu: GpuDevice, options: ModelOptions): boolean {
  const isFixed = options.pace !== undefined || isForced(gpu, options);
  return options.calibrate !== false && !isFixed && !gpu.adapter.fallback;
}

/** CPU adapters take small slices, so that a slice stays short. */
function chooseCapacity(
  gpu: GpuDevice,
  config: ModelConfig,
  tuning: Tuning,
  sliceBytes: number,
  prefillPace: PrefillPace | undefined,
): Capacity {
  const grain = prefillGrain(tuning);
  const longest = gpu.adapter.fallback ? grain : longestSlice(grain, tokenBytes(config), sliceBytes);
  return {
    sliceTokens: prefillPace?.sliceTokens ?? longest,
    logitRows: tuning.tokensPerBlock,
    slots: FASTEST_PACE.stepsPerSubmit * FASTEST_PACE.submitsInFlight + REWIND_TOKENS + 1,
  };
}
