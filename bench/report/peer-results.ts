import type { ModelName } from '../model/shapes';

/** The projections of a model that have a kernel of their own, by Sterna's names. */
export const PROJECTIONS = ['mix', 'output', 'gateUp', 'down', 'head'] as const;
export type ProjectionName = (typeof PROJECTIONS)[number];

/** ONNX Runtime's time for one shape, in microseconds, with Sterna's for the same projection beside it. */
export interface KernelComparison {
  /** By timestamps: its activations' quantisation and its product. */
  gpu: number | null;
  /** By the page's clock, in a chain within one run. */
  wall: number;
  dispatches: number;
  /** Weights that share a scale. */
  blockSize: number;
  /** Sterna's whole projection by timestamps: norms, quantisation, product and epilogue. */
  ours: number | null;
  /** Both without the time that empty dispatches take. */
  gpuNet: number | null;
  oursNet: number | null;
}

export interface ProjectionComparison {
  outputs: number;
  inputs: number;
  /** One row of activations, as in decoding, and 512, as in prefill; nothing of Sterna's compares with the head's 512. */
  rows1: KernelComparison;
  rows512: KernelComparison;
}

export type OnnxResult = Partial<Record<ProjectionName, ProjectionComparison>> & {
  /** Why the rest is missing. */
  error?: string;
};

export interface WllamaRun {
  tokensPerSecond: number;
  tokens: number;
  places: string[];
  threads: number;
  version: string;
  fileBytes: number;
  /** Of llama.cpp's buffers of weights, attention and intermediate values, by its own account. */
  peakBytes: number;
}

/** Why there is no result. */
export interface Failure {
  error: string;
}

export interface WllamaResult {
  cpuTQ2_0: WllamaRun | Failure;
  webgpuQ4_0: WllamaRun | Failure;
}

export interface PyTorchResult {
  tokensPerSecond: number;
  low: number;
  high: number;
  peakBytes: number | null;
  parameters: number;
  torch: string;
  device: string;
}

/** What others make of the same shapes on the same machine. */
export interface PeerResults {
  ort2?: Partial<Record<ModelName, OnnxResult>>;
  ort4?: Partial<Record<ModelName, OnnxResult>>;
  wllama?: Partial<Record<ModelName, WllamaResult>>;
  pytorch?: Partial<Record<ModelName, PyTorchResult | Failure>>;
}
