import { DeviceLostError, GpuError } from '../errors';
import { GpuMemory } from './memory';

/** Optional parts of WebGPU that Sterna uses where they are and does without where they are not. */
export type OptionalFeature = 'subgroups' | 'subgroup_id' | 'packed_4x8_integer_dot_product';

export interface DeviceOptions {
  /** Optional features to do without although the browser has them. */
  withhold?: readonly OptionalFeature[];
  /** Ask for no limit above WebGPU's defaults. */
  defaultLimits?: boolean;
  /** Ask for timestamp queries, to measure kernels. */
  timestamps?: boolean;
}

/** What the browser tells about the GPU; strings are empty where it tells nothing. */
export interface AdapterDescription {
  /** Who made it, such as "nvidia". */
  vendor: string;
  /** Its family, such as "hopper". */
  architecture: string;
  /** Its own name. */
  description: string;
  /** True where a CPU does the GPU's work. */
  fallback: boolean;
  /** Invocations of its smallest subgroup; 1 where it has none or does not tell. */
  subgroupSize: number;
}

/** Limits worth raising: larger models and workgroups need them; all the others stay at their defaults. */
const RAISED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupStorageSize',
] as const;

function describe(info: GPUAdapterInfo): AdapterDescription {
  const { vendor, architecture, description, isFallbackAdapter: fallback, subgroupMinSize } = info;
  return { vendor, architecture, description, fallback, subgroupSize: subgroupMinSize || 1 };
}

/** A WebGPU device with the features granted to it and an account of its memory. */
export class GpuDevice {
  readonly memory: GpuMemory;
  /** What the device had no memory for, where nobody asked: work that needs it is then not done, and its results are wrong. */
  private readonly outOfMemory: Promise<GpuError>;

  private constructor(
    readonly device: GPUDevice,
    readonly adapter: AdapterDescription,
    readonly features: ReadonlySet<OptionalFeature>,
  ) {
    this.memory = new GpuMemory(device);
    this.outOfMemory = new Promise((resolve) => {
      device.addEventListener('uncapturederror', ({ error }) => {
        if (error instanceof GPUOutOfMemoryError) resolve(this.shortage(error));
      });
    });
  }

  /**
   * Asks the browser for a device.
   * @throws GpuError where WebGPU or an adapter is missing.
   */
  static async request(options: DeviceOptions = {}): Promise<GpuDevice> {
    const gpu = (globalThis.navigator as Partial<Navigator> | undefined)?.gpu;
    if (gpu === undefined) {
      throw new GpuError(
        'This browser has no WebGPU here; use a browser that has it, on a secure (https or localhost) page.',
      );
    }
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (adapter === null) {
      throw new GpuError('The browser offers no GPU adapter; check that hardware acceleration is switched on.');
    }
    const granted = new Set<OptionalFeature>();
    const withheld = new Set(options.withhold);
    const wants = (feature: OptionalFeature) => !withheld.has(feature);
    if (wants('subgroups') && adapter.features.has('subgroups')) granted.add('subgroups');
    for (const feature of ['subgroup_id', 'packed_4x8_integer_dot_product'] as const) {
      if (wants(feature) && gpu.wgslLanguageFeatures.has(feature)) granted.add(feature);
    }
    if (!granted.has('subgroups')) granted.delete('subgroup_id');
    const device = await adapter.requestDevice({
      requiredFeatures: [
        ...(granted.has('subgroups') ? (['subgroups'] as const) : []),
        ...(options.timestamps ? (['timestamp-query'] as const) : []),
      ],
      requiredLimits: options.defaultLimits
        ? {}
        : Object.fromEntries(RAISED_LIMITS.map((limit) => [limit, adapter.limits[limit]])),
    });
    return new GpuDevice(device, describe(adapter.info), granted);
  }

  get limits(): GPUSupportedLimits {
    return this.device.limits;
  }

  /** Runs `work` and turns what the device reports about memory or validation meanwhile into a GpuError. */
  async checked<Result>(what: string, work: () => Result): Promise<Result> {
    this.device.pushErrorScope('validation');
    this.device.pushErrorScope('out-of-memory');
    try {
      return work();
    } finally {
      const errors = await Promise.all([this.device.popErrorScope(), this.device.popErrorScope()]);
      const error = errors.find((found) => found !== null);
      if (error) this.fail(what, error);
    }
  }

  /**
   * Rejects when the device is of no more use, with a DeviceLostError where it was lost and a GpuError where it is out of
   * memory; never settles otherwise.
   */
  async lost(): Promise<never> {
    const lost = this.device.lost.then(({ message }) => new DeviceLostError(`The GPU device was lost: ${message}`));
    throw await Promise.race([lost, this.outOfMemory]);
  }

  private fail(what: string, error: GPUError): never {
    throw error instanceof GPUOutOfMemoryError
      ? this.shortage(error)
      : new GpuError(`${what} failed: ${error.message}`);
  }

  /** The account has what could not be allocated too. */
  private shortage({ message }: GPUOutOfMemoryError): GpuError {
    const needed = Object.values(this.memory.bytesByKind).reduce((sum, bytes) => sum + bytes, 0);
    const { maxBufferSize } = this.limits;
    return new GpuError(
      `${needed} bytes of GPU memory are needed, and there is no room for them. The device offers buffers of up to ${maxBufferSize} bytes and does not tell how much memory it has; close other pages, or use a smaller model (${message})`,
    );
  }

  /** Frees every buffer and the device itself. */
  dispose(): void {
    this.memory.dispose();
    this.device.destroy();
  }
}
