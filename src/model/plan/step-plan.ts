import type { GpuDevice } from '../../gpu/device';
import type { Dispatch } from '../../gpu/dispatch';
import type { ModelConfig } from '../config';
import type { EmbeddingType } from '../tensors';
import type { StepKernels, StepLayouts } from './kernels';
import type { Weights } from './weights';
import type { WorkingBuffers } from './working-buffers';

type Stage = (group: GPUBindGroup) => Dispatch;

/** The dispatches of a model's steps. Lists are made once; only their workgroup counts depend on the tokens. */
export interface StepPlan {
  /** Feeds `count` tokens through embedding and layers. */
  feed(count: number): Dispatch[];
  /** Logits of the only token that was fed, in row 0. */
  oneLogits: Dispatch[];
  /** Logits of the last fed token, in row 0. */
  lastLogits: Dispatch[];
  /** Logits of all `count` fed tokens. */
  allLogits(count: number): Dispatch[];
  /** The same plan, but for steps of one token with other kernels. */
  withDecode(kernels: StepKernels): Promise<StepPlan>;
}

/**
 * Builds the plan that the tuning names: the kernels' maths is the same, so are the bits.
 * @param decodeKernels those of steps of one token
 */
export async function createStepPlan(
  gpu: GpuDevice,
  kernels: StepKernels,
  layouts: StepLayouts,
  config: ModelConfig,
  embeddings: EmbeddingType,
  weights: Weights,
  working: WorkingBuffers,
  decodeKernels = kernels,
): Promise<StepPlan> {
  const bind = (layout: GPUBindGroupLayout, bound: GPUBuffer[]) =>
    gpu.device.createBindGroup({
      layout,
      entries: bound.map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
  const step = bind(layouts.step, [working.step, working.memory]);
  const { layers, head } = weights;
  const layerGroups = layers.map((layer, index) => bind(layouts.weights, [layer, layers.at(index + 1) ?? head]));
  const headGroup = bind(layouts.weights, [head, layers[0]]);
  const embeddingGroups = weights.embeddings.map(({ table, parameters }) => bind(layouts.weights, [table, parameters]));

  const { tuning } = kernels;
  const stage = (pipeline: GPUComputePipeline, x: number, y = 1, z = 1): Stage => {
    const workgroups: [number, number, number] = [x, y, z];
    return (group) => ({ pipeline, groups: [step, group], workgroups });
  };
  const shared = Promise.all([
    kernels.embed(embeddings),
    blockStages(kernels, stage),
    logitStages(kernels, stage, 'last'),
    allLogitStages(kernels, stage),
  ]);
  const layersOf = (stages: Stage[]) => layerGroups.flatMap((group) => stages.map((make) => make(group)));
  const withDecode = async (own: StepKernels): Promise<StepPlan> => {
    const [[embed, blocks, lastLogits, allLogits], one, oneLogits] = await Promise.all([
      shared,
      oneTokenStages(own, stage),
      logitStages(own, stage, 'one'),
    ]);
    const embedding = (count: number) =>
      embeddingGroups.map(stage(embed, Math.ceil(config.hiddenSize / tuning.workgroup), count));
    const feedOne = [...embedding(1), ...layersOf(one)];
    return {
      feed: (count) => (count === 1 ? feedOne : [...embedding(count), ...layersOf(blocks(count))]),
      oneLogits: oneLogits.map((make) => make(headGroup)),
      lastLogits: lastLogits.map((make) => make(headGroup)),
      allLogits: (count) => allLogits(count).map((make) => make(headGroup)),
      withDecode,
    };
  };
  return withDecode(decodeKernels);
}

type MakeStage = (pipeline: GPUComputePipeline, x: number, y?: number, z?: number) => Stage;

const LAYER_PROJECTIONS = ['mix', 'output', 'gateUp', 'down'] as const;

async function oneTokenStages(kernels: StepKernels, stage: MakeStage): Promise<Stage[]> {
  const stages = LAYER_PROJECTIONS.map(async (name) => {
    if (kernels.tuning.plan === 'fused') return [stage(await kernels.fused(name), kernels.rowGroups(name))];
    const [quantise, rows] = await Promise.all([kernels.quantise(name, 'one'), kernels.stored(name, 'one')]);
    return [stage(quantise, 1), stage(rows, kernels.rowGroups(name))];
  });
  return (await Promise.all(stages)).flat();
}

async function blockStages(kernels: StepKernels, stage: MakeStage): Promise<(count: number) => Stage[]> {
  const { tokensPerBlock, prefill, tilesFrom } = kernels.tuning;
  const scan = await kernels.scan();
  const projections = await Promise.all(
    LAYER_PROJECTIONS.map(async (name) => ({
      name,
      quantise: await kernels.quantise(name, 'block'),
      rows: await kernels.stored(name, 'block', name === 'mix' ? 'projection' : undefined),
      tile: prefill === 'tiles' ? await kernels.tile(name) : undefined,
    })),
  );
  return (count) =>
    projections.flatMap(({ name, quantise, rows, tile }) => [
      stage(quantise, count),
      tile !== undefined && count >= tilesFrom
        ? stage(tile, ...kernels.tileGroups(name, count))
        : stage(rows, kernels.rowGroups(name), Math.ceil(count / tokensPerBlock)),
      ...(name === 'mix' ? [stage(scan, kernels.scanGroups())] : []),
    ]);
}

async function logitStages(kernels: StepKernels, stage: MakeStage, tokens: 'one' | 'last'): Promise<Stage[]> {
  if (kernels.tuning.plan === 'fused') return [stage(await kernels.fused('head', tokens), kernels.rowGroups('head'))];
  const [quantise, rows] = await Promise.all([kernels.quantise('head', tokens), kernels.stored('head', 'one')]);
  return [stage(quantise, 1), stage(rows, kernels.rowGroups('head'))];
}

async function allLogitStages(kernels: StepKernels, stage: MakeStage): Promise<(count: number) => Stage[]> {
  const [quantise, rows] = await Promise.all([kernels.quantise('head', 'block'), kernels.stored('head', 'block')]);
  return (count) => [
    stage(quantise, count),
    stage(rows, kernels.rowGroups('head'), Math.ceil(count / kernels.tuning.tokensPerBlock)),
  ];
}
