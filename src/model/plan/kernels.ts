import type { GpuDevice } from '../../gpu/device';
import type { KernelCompiler, KernelSource } from '../../gpu/kernel';
import type { ModelConfig } from '../config';
import type { EmbeddingType } from '../tensors';
import { dimensions } from './dimensions';
import { type Projection, type ProjectionName, projections } from './projections';
import { SHADERS } from './shaders';
import { tileConstants, tileGroups, tileShape } from './tile-shape';
import { type RowShape, rowShape, type Tuning } from './tuning';
import type { Capacity } from './working-buffers';

/** Which tokens a kernel is for: all of a slice in blocks, one, or the last of a slice as row 0. */
type Tokens = 'block' | 'one' | 'last';

/** Channels that a workgroup of the scan takes: few, so that there are many workgroups, and as many as one access of memory. */
const SCAN_CHANNELS = 16;

/** The layouts of groups 0 (a step's working buffers) and 1 (weights): one for all kernels, so that groups stay bound. */
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
  const step = layout(['read-only-storage', 'storage', 'storage', 'storage', 'storage', 'storage']);
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
    this.#projections = projections(config, capacity);
  }

  /** Workgroups that cover a projection's rows. */
  rowGroups(name: ProjectionName): number {
    return Math.ceil(this.#projections[name].rows / this.#shape(name).rowsPerGroup);
  }

  /** A projection whose workgroups quantise for themselves (one token, the last of a slice). */
  fused(name: ProjectionName): Promise<GPUComputePipeline> {
    const { row, finish, constants } = this.#projections[name];
    return this.#compile(
      `${name} fused`,
      [
        ...this.#rowsPrelude(),
        SHADERS.row[row],
        SHADERS.normalise,
        SHADERS.activations.computed,
        SHADERS.finish[finish],
        SHADERS.ternaryRows,
      ],
      { ...constants, ...this.#rowsConstants(name), TOKENS: 1, LAST_ROW: 1 },
    );
  }

  /** The head of a projection as a dispatch of its own. */
  quantise(name: ProjectionName, tokens: Tokens): Promise<GPUComputePipeline> {
    const { row, constants } = this.#projections[name];
    return this.#compile(
      `${name} quantise ${tokens}`,
      [...SHADERS.common, SHADERS.row[row], SHADERS.normalise, SHADERS.quantise],
      { ...constants, LAST_ROW: tokens === 'last' ? 1 : 0 },
    );
  }

  /** A projection of activations that `quantise` left in memory. */
  stored(
    name: ProjectionName,
    tokens: Tokens,
    finish: Projection['finish'] = this.#projections[name].finish,
  ): Promise<GPUComputePipeline> {
    const { constants } = this.#projections[name];
    return this.#compile(
      `${name} stored ${tokens}`,
      [...this.#rowsPrelude(), SHADERS.activations.stored, SHADERS.finish[finish], SHADERS.ternaryRows],
      {
        ...constants,
        ...this.#rowsConstants(name),
        TOKENS: tokens === 'block' ? this.tuning.tokensPerBlock : 1,
        LAST_ROW: tokens === 'last' ? 1 : 0,
      },
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
    return this.#compile('scan', [...SHADERS.common, SHADERS.recurrence, SHADERS.scan], {
      ...constants,
      CHANNELS: this.config.stateSize,
      GROUP_CHANNELS: SCAN_CHANNELS,
    });
  }

  embed(type: EmbeddingType): Promise<GPUComputePipeline> {
    const { hidden } = dimensions(this.config);
    return this.#compile(`embed ${type}`, [...SHADERS.common, SHADERS.embedding[type], SHADERS.embed], {
      H: hidden.length,
      X_STRIDE: hidden.quads * 4,
    });
  }

  #rowsPrelude(): string[] {
    const { team } = this.tuning;
    const numbered = team === 'subgroup' && this.gpu.features.has('subgroup_id');
    return [...SHADERS.common, SHADERS.recurrence, ...SHADERS.team[numbered ? 'subgroup_id' : team], this.#dot()];
  }

  #dot(): string {
    return SHADERS.dot[this.gpu.features.has('packed_4x8_integer_dot_product') ? 'packed' : 'plain'];
  }

  #rowsConstants(name: ProjectionName): KernelSource['constants'] {
    const { rows, words } = this.#projections[name];
    const { lanes, earlyWords } = this.tuning;
    const { workgroup, rowsPerGroup } = this.#shape(name);
    return {
      WORKGROUP: workgroup,
      ROWS: rows,
      ROWS_PER_GROUP: rowsPerGroup,
      LANES: lanes,
      EARLY: Math.min(earlyWords, Math.ceil(words / lanes)),
    };
  }

  #shape(name: ProjectionName): RowShape {
    const { rows, words } = this.#projections[name];
    return rowShape(this.tuning, rows, words);
  }

  #compile(label: string, files: readonly string[], constants: KernelSource['constants']): Promise<GPUComputePipeline> {
    return this.compiler.compile({
      label,
      files,
      constants: { WORKGROUP: this.tuning.workgroup, RESULTS: this.capacity.slots, ...constants },
      layout: this.layouts.pipeline,
    });
  }
}
