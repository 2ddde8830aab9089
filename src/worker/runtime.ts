import type { AdapterDescription } from '../gpu/device';
import type { ModelConfig } from '../model/config';
import type { GenerationDefaults } from '../model/generation-config';
import type { MemoryMode } from '../model/memory-mode';
import type { Pace } from '../model/pace';
import type { TuningName } from '../model/plan/candidates';
import type { EmbeddingType } from '../model/tensors';
import type { AnswerEvent } from './answers';
import type { SessionEnd } from './chat-sessions';
import type { StoredModel } from './pack-records';
import type { Patience } from './patience';
import type { StoredSession } from './session-records';
import type { ControlEnd } from './wire/load-control';
import type { StreamEnd } from './wire/stream';

/** What answers are held to a form with. */
export interface GrammarEngine {
  /** Address of the script of its worker. */
  url: string;
}

/** Options of `createEngine` that are the worker's. */
export interface RuntimeOptions {
  /** How long a download keeps trying; what is left out is as by default. */
  patience?: Partial<Patience>;
  /** What answers are held to a form with; `xgrammar()` of `sterna/grammar` is one. */
  grammar?: GrammarEngine;
  /** `fast`, the default, or `compact`: ternary weights of 1.6 bits instead of 2, which take more work, and shorter slices. */
  memory?: MemoryMode;
  /** False keeps to the default way to cut kernels, and measures no other; so do `plan` and `pace`. */
  calibrate?: boolean;
  /** For tests: optional parts of WebGPU to do without although the browser has them. */
  withhold?: readonly ('subgroups' | 'packed_4x8_integer_dot_product')[];
  /** For tests: asks for no limit above WebGPU's defaults. */
  defaultLimits?: boolean;
  /** For tests: 4 dispatches a layer (`fused`), or 8 (`split`). */
  plan?: 'fused' | 'split';
  /** For measurements: keeps to one pace of decoding. */
  pace?: Pace;
}

/** What there is to know about a loaded model. */
export interface EngineInfo {
  /** The pack's own name for itself. */
  name: string;
  /** URL of the pack's folder. */
  url: string;
  /** The model's shape. */
  config: ModelConfig;
  /** What the pack recommends for sampling. */
  defaults: GenerationDefaults;
  /** What embeddings are stored as. */
  embeddings: EmbeddingType;
  /** Bytes of the files that were loaded. */
  packBytes: number;
  /** Bytes of them that came from the network; the others were in the browser's storage. */
  downloadedBytes: number;
  /** Whether the browser keeps the pack, so that the next start needs no network. */
  stored: boolean;
  /** Why it does not: it had no room, or its storage is blocked or damaged. Undefined where it does. */
  notStoredBecause: string | undefined;
  /** Whether the pack has a tokenizer: without one there are logits of token ids, and no chat. */
  hasTokenizer: boolean;
  /** Whether it was created with a grammar engine, so that answers can be held to a `response_format`. */
  hasGrammar: boolean;
  /** What the browser tells about the GPU. */
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
   * @param options RuntimeOptions, which are checked here.
   * @param progress a port on which LoadProgress is told; closed when loading ends.
   * @param events a port on which DeviceEvent is told.
   * @param steering for a LoadControl; its port is closed when loading ends.
   */
  load(
    url: string,
    options: unknown,
    progress: MessagePort,
    events: MessagePort,
    steering?: ControlEnd,
  ): Promise<EngineInfo>;
  /**
   * Answers when the request is known to be right; its turn comes with the first step that is asked for.
   * @param params those of `chat.completions.create`, which are checked here.
   */
  chat(params: unknown, signal: AbortSignal): Promise<StreamEnd<AnswerEvent>>;
  /** As `chat`, with the parameters of `completions.create`. */
  complete(params: unknown, signal: AbortSignal): Promise<StreamEnd<AnswerEvent>>;
  /** Logits of every token, f32 [T, V]. */
  logits(ids: readonly number[], signal: AbortSignal): Promise<Float32Array>;
  /**
   * Begins a session.
   * @param defaults parameters of its prompts, which are checked here.
   * @param from what `save` gave; or the id of a stored session, which begins anew where there is none or it is damaged.
   */
  openSession(defaults: object, from?: Uint8Array<ArrayBuffer> | string): Promise<SessionEnd>;
  /** This pack's sessions in the browser's storage, the least recently used one first. */
  listSessions(): Promise<StoredSession[]>;
  hasSession(id: string): Promise<boolean>;
  deleteSession(id: string): Promise<void>;
  /** The packs in the browser's storage, the least recently used one first. */
  listModels(): Promise<StoredModel[]>;
  /** Whether the pack of this folder is whole in the browser's storage. */
  hasModel(url: string): Promise<boolean>;
  /** Deletes a pack from the browser's storage, when no tab is downloading it any more. */
  deleteModel(url: string): Promise<void>;
  /** Bytes on the GPU now, by kind. */
  gpuBytes(): Promise<Record<string, number>>;
  /** Stops all work and frees all that is on the GPU. */
  dispose(): void;
}
