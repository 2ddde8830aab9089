import { transfer } from 'comlink';
import { DisposedError, GpuError, RequestError } from '../errors';
import type { StorageQuestion } from '../worker/room';
import type { EngineInfo } from '../worker/runtime';
import type { ControlMessage } from '../worker/wire/load-control';
import { portTo } from '../worker/wire/port';
import { CallSignal } from '../worker/wire/signal';
import { ChatCompletions } from './chat-completions';
import { Completions } from './completions';
import { parseEngineOptions, type EngineOptions } from './engine-options';
import { Models, persist } from './models';
import { plainCopy } from './plain-copy';
import { Sessions } from './sessions';
import { spawnWorker } from './spawn-worker';
import { WorkerLink } from './worker-link';

/** How long `dispose` waits for a worker that does not answer, in milliseconds. */
const PATIENCE = 1000;

/**
 * Loads a model into a Web Worker and onto the GPU: from the browser's storage where it is there, else from the network.
 * @throws GpuError without WebGPU or with less of it than the model needs; RequestError for a wrong option; DownloadError,
 * PackError, ConfigError, CheckpointError, TokenizerError or TemplateError for what is wrong with the pack;
 * DeviceLostError where the GPU is lost three times meanwhile; WorkerError; the signal's reason when aborted.
 */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const parsed = parseEngineOptions(options);
  const { url, signal, onProgress, onDeviceEvent, download, worker, runtime } = parsed;
  signal?.throwIfAborted();
  checkBrowser();
  const link = new WorkerLink(worker ?? spawnWorker());
  const stop = () => {
    link.cut(signal?.reason);
  };
  signal?.addEventListener('abort', stop);
  const control = new MessageChannel();
  try {
    answerQuestions(control.port1, parsed.onStorageFull);
    download?.attach(control.port1);
    const [progress, events] = [portTo(onProgress), portTo(onDeviceEvent)];
    const steering = { port: control.port2, isPaused: download?.isPaused ?? false };
    const loading = link.runtime.load(url, runtime, progress, events, transfer(steering, [steering.port]));
    const info = await link.answer(loading);
    if (info.downloadedBytes > 0 && info.stored && parsed.persist !== false) void persist();
    return new Engine(link, info);
  } catch (error) {
    link.cut(error);
    link.terminate();
    throw error;
  } finally {
    download?.detach(control.port1);
    control.port1.close();
    signal?.removeEventListener('abort', stop);
  }
}

/** A loaded model. Made by `createEngine`. */
export class Engine {
  /** What there is to know about the model. */
  readonly info: EngineInfo;
  /** Answers to conversations. */
  readonly chat: {
    /** In OpenAI's shape. */
    readonly completions: ChatCompletions;
  };
  /** Goes on from texts, without a chat template. */
  readonly completions: Completions;
  /** The packs in the browser's storage. */
  readonly models: Models;
  /** Conversations that the engine keeps the state of. */
  readonly sessions: Sessions;
  readonly #link: WorkerLink;

  /** @internal */
  constructor(link: WorkerLink, info: EngineInfo) {
    this.#link = link;
    this.info = info;
    this.chat = { completions: new ChatCompletions(link, info.name) };
    this.completions = new Completions(link, info.name);
    this.models = new Models(link);
    this.sessions = new Sessions(link);
  }

  /**
   * The logits of every token of a text, for evaluation: f32 [T, V], row t being what follows ids[0..t].
   * @throws RequestError for no ids or one outside the vocabulary; the signal's reason when aborted.
   */
  async logits(ids: readonly number[], { signal }: { signal?: AbortSignal } = {}): Promise<Float32Array> {
    this.#link.check();
    if (!Array.isArray(ids)) throw new RequestError('must be a list of token ids', { field: 'ids' });
    const plain = plainCopy(ids, 'ids');
    const call = new CallSignal(signal);
    try {
      return await this.#link.answer(this.#link.runtime.logits(plain, call.signal), call.signal);
    } catch (error) {
      throw call.reasonFor(error);
    } finally {
      call.end();
    }
  }

  /** Bytes on the GPU now, by kind; `info.gpuBytes` are those when loading was done. */
  async gpuBytes(): Promise<Record<string, number>> {
    this.#link.check();
    return this.#link.answer(this.#link.runtime.gpuBytes());
  }

  /** Stops all work, frees all that is on the GPU and ends the worker. What waits, and every later call, gets a DisposedError. */
  async dispose(): Promise<void> {
    if (!this.#link.cut(new DisposedError('the engine has been disposed of'))) return;
    const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE));
    await Promise.race([this.#link.runtime.dispose(), patience]);
    this.#link.terminate();
  }
}

function answerQuestions(port: MessagePort, onStorageFull: EngineOptions['onStorageFull'] | undefined): void {
  port.onmessage = async ({ data }: MessageEvent<StorageQuestion>) => {
    let mayDelete = false;
    try {
      mayDelete = (await onStorageFull?.(data)) === true;
    } finally {
      port.postMessage((mayDelete ? 'may-delete' : 'keep') satisfies ControlMessage);
    }
  };
}

function checkBrowser(): void {
  if ((navigator as Partial<Navigator>).gpu !== undefined) return;
  throw new GpuError(
    isSecureContext
      ? 'this browser has no WebGPU; Chrome, Edge, Firefox and Safari have it in their newer versions'
      : 'WebGPU is there for secure pages only: serve this page over https, or from localhost',
  );
}
