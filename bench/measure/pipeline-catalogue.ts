import { observe } from './observe';

/** What a pipeline was made of. */
interface Recipe {
  layout: GPUPipelineLayout | GPUAutoLayoutMode;
  code: string;
}

/** Keeps what pipelines are made of, so that twins of them can be made that return at once. */
export class PipelineCatalogue {
  readonly #ends: (() => void)[];
  readonly #codes = new WeakMap<GPUShaderModule, string>();
  readonly #recipes = new WeakMap<GPUComputePipeline, Recipe>();
  readonly #twins = new Map<GPUComputePipeline, Promise<GPUComputePipeline>>();

  constructor() {
    this.#ends = [
      observe(GPUDevice.prototype, 'createShaderModule', (_, [{ code }], made) => this.#codes.set(made, code)),
      observe(GPUDevice.prototype, 'createComputePipelineAsync', (_, [{ layout, compute }], made) => {
        const recipe = { layout, code: this.#codes.get(compute.module) ?? '' };
        // A failure is its caller's to handle.
        made.then((pipeline) => this.#recipes.set(pipeline, recipe)).catch(() => undefined);
      }),
    ];
  }

  stop(): void {
    for (const end of this.#ends) end();
  }

  /** A pipeline of the same layout and workgroup size that does nothing; another one for another pipeline. */
  twin(device: GPUDevice, pipeline: GPUComputePipeline): Promise<GPUComputePipeline> {
    const known = this.#twins.get(pipeline);
    if (known) return known;
    const recipe = this.#recipes.get(pipeline);
    if (recipe === undefined) throw new RangeError(`the pipeline ${pipeline.label} was not seen when it was made`);
    const size = workgroupSize(recipe.code);
    // The number tells the twins apart: of equal code the browser would make one pipeline, and not set it again.
    const code = `const TWIN = ${this.#twins.size};\n@compute @workgroup_size(${size}) fn main() {}`;
    const made = device.createComputePipelineAsync({
      label: `nothing for ${pipeline.label}`,
      layout: recipe.layout,
      compute: { module: device.createShaderModule({ code }) },
    });
    this.#twins.set(pipeline, made);
    return made;
  }
}

/** The number in `@workgroup_size(N)`, or that of the constant that it names. */
export function workgroupSize(code: string): number {
  const argument = /@workgroup_size\(\s*(\w+)/.exec(code)?.[1] ?? '';
  const value = /^\d/.test(argument)
    ? argument
    : new RegExp(`const ${argument}\\s*(?::\\s*u32)?\\s*=\\s*(\\d+)`).exec(code)?.[1];
  if (value === undefined) throw new RangeError(`the workgroup size ${argument} is not in the kernel's text`);
  return parseInt(value, 10);
}
