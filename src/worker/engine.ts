import { transfer } from 'comlink';
import pRetry from 'p-retry';
import { DisposedError, PackError, WorkerError } from '../errors';
import type { TuningName } from '../model/plan/candidates';
import { StateSnapshots } from '../model/state-snapshots';
import { answerChat, prepareChat, type ChatEvent, type PreparedChat } from './chat';
import { parseChatRequest } from './chat-request';
import { Constraints } from './constraints';
import { DeviceSession, type DeviceEvent } from './device-session';
import { IdleCalibration } from './idle-calibration';
import { loadPack, type LoadedPack } from './load';
import type { OpenDevice } from './model';
import type { StoredModel } from './pack-records';
import { DEFAULT_PATIENCE } from './patience';
import type { LoadProgress } from './progress';
import type { PromptEncoder } from './prompt-encoder';
import type { EngineInfo, Runtime, RuntimeOptions } from './runtime';
import { parseRuntimeOptions } from './runtime-options';
import type { ChunkStore } from './store';
import { StoredModels } from './stored-models';
import type { TextModel } from './text-model';
import type { TuningStore } from './tuning-store';
import { Turns } from './turns';
import { LoadControl, type ControlEnd } from './wire/load-control';
import { offerStream, type StreamEnd } from './wire/stream';

/** After a loss the browser may need a while to have a GPU again: 0.1 s, then twice as long each time, 3 s in all. */
const REOPENING = { retries: 5, minTimeout: 100 };

/** What there is when loading is done. */
interface Ready extends Pick<EngineInfo, 'config' | 'defaults'> {
  session: DeviceSession;
  text: TextModel | undefined;
  calibration: IdleCalibration;
  constraints: Constraints;
}

/** One loaded model and the requests to it, which run one after the other. */
export class Engine implements Runtime {
  readonly #turns = new Turns();
  readonly #models: StoredModels;
  /** Aborted when no work is possible any more; its reason says why. */
  readonly #ended = new AbortController();
  #session: DeviceSession | undefined;
  #loaded: Ready | undefined;

  constructor(
    private readonly store: ChunkStore,
    private readonly tunings: TuningStore,
    private readonly openDevice: OpenDevice,
    private readonly prompts: PromptEncoder,
  ) {
    this.#models = new StoredModels(store);
  }

  async load(
    url: string,
    options: unknown,
    progress: MessagePort,
    events: MessagePort,
    steering?: ControlEnd,
  ): Promise<EngineInfo> {
    const control = new LoadControl(steering);
    try {
      const tell = (event: DeviceEvent) => {
        events.postMessage(event);
      };
      const { grammar, ...loading } = parseRuntimeOptions(options);
      const session = new DeviceSession(this.#loader(url, loading, progress, control), tell, this.#ended);
      this.#session = session;
      const loaded = await session.ready();
      const { manifest, config, defaults, packBytes, downloadedBytes, adapter, model, text } = loaded;
      const remember = async (name: TuningName) => {
        const key = session.present?.tuningKey;
        if (key !== undefined) await this.tunings.put(key, name);
      };
      const present = () => session.present?.model;
      const calibration = new IdleCalibration(present, this.#turns, remember, this.#ended.signal);
      const constraints = new Constraints(grammar?.url, config.vocabSize, defaults.eosTokenIds ?? config.eosTokenIds);
      this.#loaded = { session, text, config, defaults, calibration, constraints };
      const { name, embeddings } = manifest;
      const has = { hasTokenizer: text !== undefined, hasGrammar: grammar !== undefined };
      const { tuning, bytesByKind: gpuBytes } = model;
      const kept = { stored: loaded.refusal === undefined, notStoredBecause: loaded.refusal };
      const sizes = { packBytes, downloadedBytes, gpuBytes };
      return { name, url, config, defaults, embeddings, ...sizes, ...kept, ...has, adapter, tuning };
    } finally {
      control.close();
      progress.close();
    }
  }

  async chat(params: unknown, signal: AbortSignal): Promise<StreamEnd<ChatEvent>> {
    const ready = this.#ready();
    const either = this.#orEnded(signal);
    const request = parseChatRequest(params, ready);
    const prepared = await prepareChat(request, ready.text, this.prompts, ready.constraints, either);
    return offerStream(this.#answer(ready, prepared, either));
  }

  async logits(ids: readonly number[], signal: AbortSignal): Promise<Float32Array> {
    const { session, calibration } = this.#ready();
    const either = this.#orEnded(signal);
    const end = await this.#begin(calibration, either);
    try {
      const logits = await session.run((model) => model.logits(ids, either), either);
      return transfer(logits, [logits.buffer]);
    } finally {
      end();
    }
  }

  listModels(): Promise<StoredModel[]> {
    return this.#models.list();
  }

  hasModel(url: string): Promise<boolean> {
    return this.#models.has(url);
  }

  deleteModel(url: string): Promise<void> {
    return this.#models.delete(url, this.#ended.signal);
  }

  async gpuBytes(): Promise<Record<string, number>> {
    return (await this.#ready().session.ready()).model.bytesByKind;
  }

  dispose(): void {
    // The worker for prompts ends with this one. Were it ended first, Chromium 156 would keep this one for ever.
    this.#ended.abort(new DisposedError('the engine has been disposed of'));
    this.#session?.dispose();
  }

  /** Loads the pack, also after a loss: from the store, where it could be kept there. */
  #loader(
    url: string,
    { patience, ...options }: RuntimeOptions,
    progress: MessagePort,
    { gate, ask: askForRoom }: LoadControl,
  ): (isAgain: boolean) => Promise<LoadedPack> {
    const { store, tunings, prompts } = this;
    const snapshots = new StateSnapshots();
    const { signal } = this.#ended;
    const open = () => this.openDevice(options, snapshots);
    const tell = (step: LoadProgress) => {
      progress.postMessage(step);
    };
    const request = {
      url,
      store,
      tunings,
      prompts,
      options,
      gate,
      askForRoom,
      patience: { ...DEFAULT_PATIENCE, ...patience },
    };
    let manifest: string | undefined;
    return async (isAgain) => {
      const openDevice = isAgain ? () => pRetry(open, { ...REOPENING, signal }) : open;
      const loaded = await loadPack({ ...request, openDevice }, tell, signal);
      const found = JSON.stringify(loaded.manifest);
      manifest ??= found;
      if (found === manifest) return loaded;
      loaded.model.dispose();
      throw new PackError('is another one now than when it was loaded first; create the engine anew', { file: url });
    };
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
    { session, calibration }: Ready,
    prepared: PreparedChat,
    signal: AbortSignal,
  ): AsyncGenerator<ChatEvent, void, undefined> {
    const end = await this.#begin(calibration, signal);
    try {
      yield* answerChat(session, prepared, signal);
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
