import type { AdapterDescription, DeviceOptions } from '../gpu/device';
import type { ModelConfig } from '../model/config';
import type { GenerationDefaults } from '../model/generation-config';
import type { ModelOptions } from '../model/language-model';
import type { TuningName } from '../model/plan/candidates';
import type { EmbeddingType } from '../model/tensors';
import type { ChatEvent, ChatRequest } from './chat';
import type { StreamEnd } from './wire/stream';

/** What the device may use and how the kernels are laid out; but for `memory` the defaults are right for everything but tests. */
export type RuntimeOptions = DeviceOptions & ModelOptions;

/** What there is to know about a loaded model. */
export interface EngineInfo {
  /** The pack's own name for itself. */
  name: string;
  /** URL of the pack's folder. */
  url: string;
  config: ModelConfig;
  /** What the pack recommends for sampling. */
  defaults: GenerationDefaults;
  embeddings: EmbeddingType;
  /** Bytes of the files that were loaded. */
  packBytes: number;
  /** Whether the pack has a tokenizer: without one there are logits of token ids, and no chat. */
  hasTokenizer: boolean;
  adapter: AdapterDescription;
  /** How decode steps were cut when loading was done: as by default, or as earlier visits found to be faster. */
  tuning: TuningName;
  /** Bytes on the GPU by kind when loading was done. */
  gpuBytes: Record<string, number>;
}

/** What the worker offers over the border. A signal is always the last argument, never inside another. */
export interface Runtime {
  /**
   * Loads a pack; to be called once, before all else.
   * @param url the pack's folder, with a slash at its end.
   * @param progress a port on which LoadProgress is told; closed when loading ends.
   */
  load(url: string, options: RuntimeOptions, progress: MessagePort): Promise<EngineInfo>;
  /** Answers when the request is known to be right; its turn comes with the first step that is asked for. */
  chat(request: ChatRequest, signal: AbortSignal): Promise<StreamEnd<ChatEvent>>;
  /** Logits of every token, f32 [T, V]. */
  logits(ids: readonly number[], signal: AbortSignal): Promise<Float32Array>;
  /** Bytes on the GPU now, by kind. */
  gpuBytes(): Record<string, number>;
  /** Stops all work and frees all that is on the GPU. */
  dispose(): void;
}
