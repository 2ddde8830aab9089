import { transfer } from 'comlink';
import { DisposedError, WorkerError } from '../errors';
import { answerChat, prepareChat, type ChatEvent, type ChatRequest } from './chat';
import { reasonOf } from './failure';
import { loadPack, type LoadedPack } from './load';
import type { OpenDevice } from './model';
import type { LoadProgress } from './progress';
import type { EngineInfo, Runtime, RuntimeOptions } from './runtime';
import type { ChunkStore } from './store';
import { Turns } from './turns';
import { offerStream, type StreamEnd } from './wire/stream';

/** One loaded model and the requests to it, which run one after the other. */
export class Engine implements Runtime {
  readonly #turns = new Turns();
  /** Aborted when no work is possible any more; its reason says why. */
  readonly #ended = new AbortController();
  #loaded: LoadedPack | undefined;

  constructor(
    private readonly store: ChunkStore,
    private readonly openDevice: OpenDevice,
  ) {}

  async load(url: string, options: RuntimeOptions, progress: MessagePort): Promise<EngineInfo> {
    try {
      const request = { url, store: this.store, openDevice: this.openDevice, options };
      const tell = (step: LoadProgress) => {
        progress.postMessage(step);
      };
      const loaded = await loadPack(request, tell, this.#ended.signal);
      loaded.lost.catch((error: unknown) => {
        this.#ended.abort(error);
      });
      this.#loaded = loaded;
      const { manifest, config, defaults, packBytes, adapter, model, text } = loaded;
      const { name, embeddings } = manifest;
      const hasTokenizer = text !== undefined;
      return { name, url, config, defaults, embeddings, packBytes, hasTokenizer, adapter, gpuBytes: model.bytesByKind };
    } finally {
      progress.close();
    }
  }

  chat(request: ChatRequest, signal: AbortSignal): StreamEnd<ChatEvent> {
    const { model, text, lost } = this.#ready();
    const prepared = prepareChat(request, text);
    const either = this.#orEnded(signal);
    return offerStream(this.#inTurn(() => answerChat(model, prepared, either), lost, either));
  }

  async logits(ids: readonly number[], signal: AbortSignal): Promise<Float32Array> {
    const { model, lost } = this.#ready();
    const either = this.#orEnded(signal);
    const end = await this.#turns.begin(either);
    try {
      const logits = await model.logits(ids, either);
      return transfer(logits, [logits.buffer]);
    } catch (error) {
      throw await reasonOf(error, lost, either);
    } finally {
      end();
    }
  }

  gpuBytes(): Record<string, number> {
    return this.#ready().model.bytesByKind;
  }

  dispose(): void {
    this.#ended.abort(new DisposedError('the engine has been disposed of'));
    this.#loaded?.model.dispose();
    this.#loaded = undefined;
  }

  #ready(): LoadedPack {
    this.#ended.signal.throwIfAborted();
    if (this.#loaded === undefined) throw new WorkerError('no model has been loaded');
    return this.#loaded;
  }

  #orEnded(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#ended.signal]);
  }

  async *#inTurn<Item>(
    work: () => AsyncGenerator<Item, void, undefined>,
    lost: Promise<never>,
    signal: AbortSignal,
  ): AsyncGenerator<Item, void, undefined> {
    const end = await this.#turns.begin(signal);
    try {
      yield* work();
    } catch (error) {
      throw await reasonOf(error, lost, signal);
    } finally {
      end();
    }
  }
}
