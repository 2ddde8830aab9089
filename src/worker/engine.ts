import { transfer } from 'comlink';
import { DisposedError, WorkerError } from '../errors';
import type { TuningName } from '../model/plan/candidates';
import { answerChat, prepareChat, type ChatEvent, type ChatRequest, type PreparedChat } from './chat';
import { reasonOf } from './failure';
import { IdleCalibration } from './idle-calibration';
import { loadPack, type LoadedPack } from './load';
import type { OpenDevice } from './model';
import type { LoadProgress } from './progress';
import type { PromptEncoder } from './prompt-encoder';
import type { EngineInfo, Runtime, RuntimeOptions } from './runtime';
import type { ChunkStore } from './store';
import type { TuningStore } from './tuning-store';
import { Turns } from './turns';
import { offerStream, type StreamEnd } from './wire/stream';

/** What there is when loading is done. */
interface Ready extends LoadedPack {
  calibration: IdleCalibration;
}

/** One loaded model and the requests to it, which run one after the other. */
export class Engine implements Runtime {
  readonly #turns = new Turns();
  /** Aborted when no work is possible any more; its reason says why. */
  readonly #ended = new AbortController();
  #loaded: Ready | undefined;

  constructor(
    private readonly store: ChunkStore,
    private readonly tunings: TuningStore,
    private readonly openDevice: OpenDevice,
    private readonly prompts: PromptEncoder,
  ) {}

  async load(url: string, options: RuntimeOptions, progress: MessagePort): Promise<EngineInfo> {
    try {
      const { store, tunings, openDevice, prompts } = this;
      const request = { url, store, tunings, openDevice, prompts, options };
      const tell = (step: LoadProgress) => {
        progress.postMessage(step);
      };
      const loaded = await loadPack(request, tell, this.#ended.signal);
      loaded.lost.catch((error: unknown) => {
        this.#ended.abort(error);
      });
      const { manifest, config, defaults, packBytes, adapter, model, text, tuningKey } = loaded;
      const remember = (name: TuningName) => this.tunings.put(tuningKey, name);
      this.#loaded = { ...loaded, calibration: new IdleCalibration(model, this.#turns, remember, this.#ended.signal) };
      const { name, embeddings } = manifest;
      const hasTokenizer = text !== undefined;
      const { tuning, bytesByKind: gpuBytes } = model;
      return { name, url, config, defaults, embeddings, packBytes, hasTokenizer, adapter, tuning, gpuBytes };
    } finally {
      progress.close();
    }
  }

  async chat(request: ChatRequest, signal: AbortSignal): Promise<StreamEnd<ChatEvent>> {
    const ready = this.#ready();
    const either = this.#orEnded(signal);
    const prepared = await prepareChat(request, ready.text, this.prompts, either);
    return offerStream(this.#answer(ready, prepared, either));
  }

  async logits(ids: readonly number[], signal: AbortSignal): Promise<Float32Array> {
    const { model, lost, calibration } = this.#ready();
    const either = this.#orEnded(signal);
    const end = await this.#begin(calibration, either);
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
    this.prompts.dispose();
    this.#loaded?.model.dispose();
    this.#loaded = undefined;
  }

  #ready(): Ready {
    this.#ended.signal.throwIfAborted();
    if (this.#loaded === undefined) throw new WorkerError('no model has been loaded');
    return this.#loaded;
  }

  #orEnded(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#ended.signal]);
  }

  async *#answer(
    { model, lost, calibration }: Ready,
    prepared: PreparedChat,
    signal: AbortSignal,
  ): AsyncGenerator<ChatEvent, void, undefined> {
    const end = await this.#begin(calibration, signal);
    try {
      yield* answerChat(model, prepared, signal);
    } catch (error) {
      throw await reasonOf(error, lost, signal);
    } finally {
      calibration.want();
      end();
    }
  }

  /** Waits for a request's turn. Resolves with the function that ends it. */
  async #begin(calibration: IdleCalibration, signal: AbortSignal): Promise<() => void> {
    const isOver = calibration.makeWay();
    try {
      const end = await this.#turns.begin(signal);
      return () => {
        end();
        isOver();
      };
    } catch (error) {
      isOver();
      throw error;
    }
  }
}
