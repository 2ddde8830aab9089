// What is used of packages that Sterna's own install does not have; see package.json beside this.

declare module 'onnxruntime-web/jspi' {
  export interface Tensor {
    dispose(): void;
  }
  export const Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => Tensor;

  export interface InferenceSession {
    run(feeds: Record<string, Tensor>): Promise<Record<string, Tensor>>;
    release(): Promise<void>;
  }
  export const InferenceSession: {
    create(
      model: Uint8Array,
      options: {
        executionProviders: readonly string[];
        preferredOutputLocation: 'gpu-buffer';
        graphOptimizationLevel: 'disabled' | 'all';
      },
    ): Promise<InferenceSession>;
  };
  export const env: { webgpu: { device: Promise<GPUDevice> }; logLevel: string; versions: { web?: string } };
}

declare module '@wllama/wllama' {
  export interface CompletionResult {
    usage: { completion_tokens: number };
    timings?: { predicted_n: number; predicted_per_second: number };
  }
  export class Wllama {
    constructor(
      paths: { default: string },
      options: {
        suppressNativeLog: boolean;
        logger: Record<'debug' | 'log' | 'warn' | 'error', (...said: unknown[]) => void>;
      },
    );
    static getLibllamaVersion(): string;
    setCompat(compat: null): void;
    isMultithread(): boolean;
    getNumThreads(): number;
    isSupportWebGPU(): boolean;
    loadModel(files: Blob[], options: { n_ctx: number; n_parallel: number; n_gpu_layers: number }): Promise<void>;
    createCompletion(options: {
      prompt: string;
      max_tokens: number;
      temperature: number;
      seed: number;
      ignore_eos: boolean;
      stream: false;
    }): Promise<CompletionResult>;
    exit(): Promise<void>;
  }
}
