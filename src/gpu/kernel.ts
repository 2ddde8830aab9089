import { GpuError } from '../errors';
import type { GpuDevice } from './device';
import { unroll } from './unroll';

/** A compute kernel: WGSL files, of which later ones use what earlier ones define, and the constants they leave open. */
export interface KernelSource {
  label: string;
  files: readonly string[];
  /** Each becomes `const NAME: u32` (f32 for a Float); as constants they may size arrays and bound unrolled loops. */
  constants: Readonly<Record<string, number | Float>>;
  layout: GPUPipelineLayout;
  /** Writes marked loops out, which makes code faster on GPUs and its compilation slow on CPU adapters. */
  unroll?: boolean;
}

/** Marks a kernel constant as f32. */
export class Float {
  constructor(readonly value: number) {}
}

/** Compiles kernels; the same text is compiled once. */
export class KernelCompiler {
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();

  constructor(private readonly gpu: GpuDevice) {}

  compile(source: KernelSource): Promise<GPUComputePipeline> {
    const code = this.assemble(source);
    const known = this.#pipelines.get(code);
    if (known) return known;
    const pipeline = this.#create(source, code);
    this.#pipelines.set(code, pipeline);
    return pipeline;
  }

  /** The whole WGSL text of a kernel. */
  assemble({ files, constants, unroll: isUnrolled }: KernelSource): string {
    const directives: string[] = [];
    if (this.gpu.features.has('subgroups')) {
      // The row loop strides by subgroup, which the analysis cannot prove to be uniform within one.
      directives.push('enable subgroups;', 'diagnostic(off, subgroup_uniformity);');
    }
    for (const feature of ['subgroup_id', 'packed_4x8_integer_dot_product'] as const) {
      if (this.gpu.features.has(feature)) directives.push(`requires ${feature};`);
    }
    const declarations = Object.entries(constants).map(([name, value]) =>
      value instanceof Float
        ? `const ${name}: f32 = ${value.value.toExponential()}f;`
        : `const ${name}: u32 = ${value}u;`,
    );
    const text = files.join('\n');
    const body = isUnrolled ? unroll(text, numbersOf(constants)) : text;
    return [...directives, ...declarations, body].join('\n');
  }

  async #create({ label, layout }: KernelSource, code: string): Promise<GPUComputePipeline> {
    const module = this.gpu.device.createShaderModule({ label, code });
    try {
      return await this.gpu.device.createComputePipelineAsync({ label, layout, compute: { module } });
    } catch (cause) {
      const { messages } = await module.getCompilationInfo();
      const lines = messages.map(({ lineNum, message }) => `line ${lineNum}: ${message}`).join('; ');
      throw new GpuError(`The kernel does not compile here: ${lines || String(cause)}`, { field: label, cause });
    }
  }
}

function numbersOf(constants: KernelSource['constants']): Map<string, number> {
  const numbers = Object.entries(constants).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  return new Map(numbers);
}
