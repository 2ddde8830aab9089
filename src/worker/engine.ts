import { transfer } from 'comlink';
import pRetry from 'p-retry';
import { DisposedError, WorkerError } from '../errors';
import type { TuningName } from '../model/plan/candidates';
import { StateSnapshots } from '../model/state-snapshots';
import { answerAll, type AnswerEvent } from './answers';
import { parseChatRequest } from './chat-request';
import { Constraints } from './constraints';
import { ChatSessions, type SessionEnd } from './chat-sessions';
import { DeviceSession, type DeviceEvent } from './device-session';
import { IdleCalibration } from './idle-calibration';
import { loadPack, type LoadedPack } from './load';
import type { OpenDevice } from './model';
import type { StoredModel } from './pack-records';
import { DEFAULT_PATIENCE } from './patience';
import { prepareChat, prepareTexts, type PreparedRequest } from './prepare';
import type { LoadProgress } from './progress';
import type { PromptEncoder } from './prompt-encoder';
import type { EngineInfo, Runtime, RuntimeOptions } from './runtime';
import { parseRuntimeOptions } from './runtime-options';
import { SessionRecords, type StoredSession } from './session-records';
import { sha256 } from './sha256';
import type { ChunkStore } from './store';
import { StoredModels } from './stored-models';
import type { TextModel } from './text-model';
import { parseTextRequest } from './text-request';
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
  sessions: ChatSessions;
  records: SessionRecords;
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
      const ready = { session, text, config, defaults, calibration, constraints };
      const records = new SessionRecords(this.store, url);
      const sessions = new ChatSessions({
        ...ready,
        hash: await sha256(loaded.manifestBytes),
        prompts: this.prompts,
        records,
        answer: (prepared, signal) => this.#answer(ready, prepared, signal),
        orEnded: (signal) => this.#orEnded(signal),
      });
      this.#loaded = { ...ready, records, sessions };
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

  chat(params: unknown, signal: AbortSignal): Promise<StreamEnd<AnswerEvent>> {
    return this.#offer(signal, (ready, either) =>
      prepareChat(parseChatRequest(params, ready), ready.text, this.prompts, ready.constraints, either),
    );
  }

  complete(params: unknown, signal: AbortSignal): Promise<StreamEnd<AnswerEvent>> {
    return this.#offer(signal, (ready, either) =>
      prepareTexts(parseTextRequest(params, ready), ready.text, this.prompts, either),
    );
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

  openSession(defaults: object, from?: Uint8Array<ArrayBuffer> | string): Promise<SessionEnd> {
    return this.#ready().sessions.open(defaults, from);
  }

  listSessions(): Promise<StoredSession[]> {
    return this.#ready().records.list();
  }

  hasSession(id: string): Promise<boolean> {
    return this.#ready().records.has(id);
  }

  deleteSession(id: string): Promise<void> {
    return this.#ready().records.delete(id);
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
    let manifestBytes: Uint8Array<ArrayBuffer> | undefined;
    return async (isAgain) => {
      const openDevice = isAgain ? () => pRetry(open, { ...REOPENING, signal }) : open;
      const loaded = await loadPack({ ...request, openDevice, manifestBytes }, tell, signal);
      ({ manifestBytes } = loaded);
      return loaded;
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

  async #offer(
    signal: AbortSignal,
    prepare: (ready: Ready, signal: AbortSignal) => Promise<PreparedRequest>,
  ): Promise<StreamEnd<AnswerEvent>> {
    const ready = this.#ready();
    const either = this.#orEnded(signal);
    return offerStream(this.#answer(ready, await prepare(ready, either), either));
  }

  async *#answer(
    { session, calibration }: Pick<Ready, 'session' | 'calibration'>,
    prepared: PreparedRequest,
    signal: AbortSignal,
  ): AsyncGenerator<AnswerEvent, void, undefined> {
    const end = await this.#begin(calibration, signal);
    try {
      yield* answerAll(session, prepared, signal);
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
