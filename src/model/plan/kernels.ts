import type { GpuDevice } from '../../gpu/device';
import type { KernelCompiler, KernelSource } from '../../gpu/kernel';
import type { ModelConfig } from '../config';
import type { EmbeddingType } from '../tensors';
import { aheadConstants, NOTHING_AHEAD } from './ahead';
import { dimensions } from './dimensions';
import { normaliseConstants, rowsConstants } from './kernel-constants';
import { type Projection, type ProjectionName, projections } from './projections';
import { SHADERS } from './shaders';
import { type RowShape, rowShape, rowsPerGroup } from './row-shape';
import { tileConstants, tileGroups, tileShape } from './tile-shape';
import type { Tuning } from './tuning';
import { type Capacity, regionConstants } from './working-buffers';

/** Which tokens a kernel is for: all of a slice in blocks, one, or the last of a slice as row 0. */
type Tokens = 'block' | 'one' | 'last';

/** Channels that a workgroup of the scan takes: few, so that there are many workgroups, and as many as one access of memory. */
const SCAN_CHANNELS = 16;

/**
 * The layouts of groups 0 (the step, the working memory) and 1 (weights, and those that follow; of an embedding segment
 * its table and its parameters): one for all kernels, so that groups stay bound, and few bindings, as each costs time.
 */
export interface StepLayouts {
  step: GPUBindGroupLayout;
  weights: GPUBindGroupLayout;
  pipeline: GPUPipelineLayout;
}

export function createStepLayouts({ device }: GpuDevice): StepLayouts {
  const layout = (types: GPUBufferBindingType[]) =>
    device.createBindGroupLayout({
      entries: types.map((type, binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } })),
    });
  const step = layout(['read-only-storage', 'storage']);
  const weights = layout(['read-only-storage', 'read-only-storage']);
  return { step, weights, pipeline: device.createPipelineLayout({ bindGroupLayouts: [step, weights] }) };
}

/** Names and compiles the kernels of a model's steps. */
export class StepKernels {
  readonly #projections: Record<ProjectionName, Projection>;

  constructor(
    private readonly gpu: GpuDevice,
    private readonly compiler: KernelCompiler,
    private readonly layouts: StepLayouts,
    private readonly config: ModelConfig,
    private readonly capacity: Capacity,
    readonly tuning: Tuning,
  ) {
    this.#projections = projections(config, tuning.codes);
  }

  /** Workgroups that cover a projection's rows. */
  rowGroups(name: ProjectionName): number {
    return Math.ceil(this.#projections[name].rows / rowsPerGroup(this.#shape(name)));
  }

  /** A projection whose workgroups quantise for themselves. */
  fused(name: ProjectionName, tokens: 'one' | 'last' = 'one'): Promise<GPUComputePipeline> {
    const projection = this.#projections[name];
    const shape = this.#shape(name);
    return this.#compile(
      tokens === 'one' ? `${name} fused` : `${name} fused ${tokens}`,
      [
        ...this.#rowsPrelude(),
        SHADERS.row[projection.row],
        this.#reduce(),
        SHADERS.normalise,
        SHADERS.activations.computed,
        SHADERS.group[this.tuning.codes],
        SHADERS.finish[projection.finish],
        SHADERS.ternaryRows,
      ],
      {
        ...projection.constants,
        ...normaliseConstants(projection, shape.workgroup, this.tuning.subgroup),
        ...rowsConstants(projection, shape, 1),
        ...this.#ahead(name),
        LAST_ROW: tokens === 'last' ? 1 : 0,
      },
    );
  }

  /** The head of a projection as a dispatch of its own. */
  quantise(name: ProjectionName, tokens: Tokens): Promise<GPUComputePipeline> {
    const projection = this.#projections[name];
    const { workgroup, subgroup } = this.tuning;
    return this.#compile(
      `${name} quantise ${tokens}`,
      [
        ...SHADERS.common,
        SHADERS.layer,
        this.#threads(),
        SHADERS.row[projection.row],
        this.#reduce(),
        SHADERS.normalise,
        SHADERS.quantise,
      ],
      {
        ...projection.constants,
        ...normaliseConstants(projection, workgroup, subgroup),
        LAST_ROW: tokens === 'last' ? 1 : 0,
      },
    );
  }

  /** A projection of activations that `quantise` left in memory. */
  stored(
    name: ProjectionName,
    tokens: 'block' | 'one',
    finish: Projection['finish'] = this.#projections[name].finish,
  ): Promise<GPUComputePipeline> {
    const projection = this.#projections[name];
    const tokensAtOnce = tokens === 'block' ? this.tuning.tokensPerBlock : 1;
    return this.#compile(
      `${name} stored ${tokens}`,
      [
        ...this.#rowsPrelude(),
        SHADERS.activations.stored,
        SHADERS.group[this.tuning.codes],
        SHADERS.finish[finish],
        SHADERS.ternaryRows,
      ],
      { ...projection.constants, ...rowsConstants(projection, this.#shape(name), tokensAtOnce), ...NOTHING_AHEAD },
    );
  }

  /** Workgroups of a tiled projection of `count` tokens. */
  tileGroups(name: ProjectionName, count: number): [number, number, number] {
    const projection = this.#projections[name];
    return tileGroups(tileShape(this.tuning, projection, this.capacity.sliceTokens), projection, count);
  }

  /** A projection of all tokens of a slice, in tiles, of activations that `quantise` left in memory. */
  tile(name: ProjectionName): Promise<GPUComputePipeline> {
    const projection = this.#projections[name];
    const { finish, constants } = projection;
    const shape = tileShape(this.tuning, projection, this.capacity.sliceTokens);
    return this.#compile(
      `${name} tile`,
      [
        ...SHADERS.common,
        SHADERS.layer,
        SHADERS.tileCodes[this.tuning.codes],
        this.#dot(),
        SHADERS.activations.stored,
        SHADERS.finish[finish === 'recurrence' ? 'preactivation' : finish],
        SHADERS.ternaryTile,
      ],
      { ...constants, ...tileConstants(shape, projection) },
    );
  }

  /** Workgroups of the scan. */
  scanGroups(): number {
    return Math.ceil(this.config.stateSize / SCAN_CHANNELS);
  }

  scan(): Promise<GPUComputePipeline> {
    const { constants } = this.#projections.mix;
    return this.#compile('scan', [...SHADERS.common, SHADERS.layer, SHADERS.recurrence, SHADERS.scan], {
      ...constants,
      CHANNELS: this.config.stateSize,
      GROUP_CHANNELS: SCAN_CHANNELS,
    });
  }

  embed(type: EmbeddingType): Promise<GPUComputePipeline> {
    const { hidden } = dimensions(this.config);
    return this.#compile(
      `embed ${type}`,
      [...SHADERS.common, SHADERS.segment, SHADERS.embedding[type], SHADERS.embed],
      {
        H: hidden.length,
        X_STRIDE: hidden.quads * 4,
      },
    );
  }

  #rowsPrelude(): string[] {
    return [
      ...SHADERS.common,
      SHADERS.layer,
      SHADERS.ahead,
      SHADERS.recurrence,
      this.#threads(),
      SHADERS.team,
      SHADERS.sum[this.tuning.team === 'subgroup' ? 'subgroup' : 'workgroup'],
      this.#dot(),
    ];
  }

  #dot(): string {
    return SHADERS.dot[this.gpu.features.has('packed_4x8_integer_dot_product') ? 'packed' : 'plain'];
  }

  #threads(): string {
    if (this.tuning.team !== 'subgroup') return SHADERS.threads.plain;
    return SHADERS.threads[this.gpu.features.has('subgroup_id') ? 'subgroup_id' : 'subgroup'];
  }

  #reduce(): string {
    return SHADERS.reduce[this.tuning.team === 'subgroup' ? 'subgroup' : 'workgroup'];
  }

  #ahead(name: ProjectionName): KernelSource['constants'] {
    const invocations = this.rowGroups(name) * this.#shape(name).workgroup;
    return this.tuning.ahead ? aheadConstants(this.config, this.tuning.codes, name, invocations) : NOTHING_AHEAD;
  }

  #shape(name: ProjectionName): RowShape {
    return rowShape(this.tuning, name, this.#projections[name]);
  }

  #compile(label: string, files: readonly string[], constants: KernelSource['constants']): Promise<GPUComputePipeline> {
    return this.compiler.compile({
      label,
      files,
      constants: {
        WORKGROUP: this.tuning.workgroup,
        RESULTS: this.capacity.slots,
        ...regionConstants(this.config, this.capacity),
        ...constants,
      },
      layout: this.layouts.pipeline,
      unroll: this.tuning.unroll,
    });
  }
}
