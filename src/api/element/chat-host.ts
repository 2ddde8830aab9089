import { DeviceLostError, DisposedError, GpuError, StoreError, WorkerError } from '../../errors';
import type { StoredModel } from '../../worker/pack-records';
import { DownloadControl } from '../download-control';
import { createEngine, type Engine } from '../engine';
import { folderUrl } from '../engine-options';
import { spawnWorker } from '../spawn-worker';
import { storedModels } from '../stored-models';
import type { ChatNews, ChatOrder } from './chat-protocol';
import { Conversation } from './conversation';
import { packBytes } from './pack-bytes';
import { plainWords } from './plain-words';

/**
 * The chat without its looks: the model, its download and the conversation. It runs in a worker, where nothing that the
 * page did to the language's built-in objects reaches it. What fails is told and never thrown.
 */
export class ChatHost {
  #model = '';
  #runtime = '';
  #engine: Engine | undefined;
  #download = new DownloadControl();
  #loading = new AbortController();
  readonly #conversation: Conversation;
  /** What is done again when the reader says so. */
  #failed: (() => Promise<void>) | undefined;

  constructor(private readonly tell: (news: ChatNews) => void) {
    this.#conversation = new Conversation(tell);
  }

  take(order: ChatOrder): void {
    switch (order.kind) {
      case 'look':
        this.#model = order.model;
        this.#runtime = order.runtime;
        void this.#try(() => this.#look(true));
        break;
      case 'load':
        void this.#try(() => this.#answer());
        break;
      case 'pause':
        this.#download.pause();
        break;
      case 'resume':
        this.#download.resume();
        break;
      case 'cancel':
        this.#loading.abort();
        break;
      case 'ask':
        this.#conversation.ask(order);
        void this.#try(() => this.#answer());
        break;
      case 'stop':
        this.#conversation.stop();
        break;
      case 'forget':
        this.#conversation.forget();
        break;
      case 'retry': {
        const again = this.#failed;
        if (again !== undefined) void this.#try(again);
      }
    }
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.#failed = undefined;
    try {
      await work();
    } catch (error) {
      this.#failed = work;
      if ([DeviceLostError, WorkerError, DisposedError].some((kind) => error instanceof kind)) {
        await this.#engine?.dispose();
        this.#engine = undefined;
      }
      this.tell({
        kind: 'failed',
        words: plainWords(error),
        detail: error instanceof Error ? error.message : String(error),
        isLoaded: this.#engine !== undefined,
      });
    }
  }

  /** Finds out what is to be fetched; where that is nothing, the model starts at once if it may. */
  async #look(mayStart: boolean): Promise<void> {
    this.#model = folderUrl(this.#model);
    // Nobody is asked to download what this device cannot use.
    const gpu = (navigator as Partial<Navigator>).gpu;
    if (((await gpu?.requestAdapter()) ?? undefined) === undefined) {
      throw new GpuError(isSecureContext ? 'no WebGPU adapter' : 'WebGPU is there for secure pages (https) only');
    }
    const stored = (await this.#storedModels()).find(({ model }) => model === this.#model);
    if (stored?.isWhole !== true) {
      const missing = (await packBytes(this.#model)) - (stored?.bytes ?? 0);
      this.tell({ kind: 'found', bytes: Math.max(missing, 1) });
    } else if (mayStart) await this.#load();
    else this.tell({ kind: 'found', bytes: 0 });
  }

  async #storedModels(): Promise<StoredModel[]> {
    try {
      return await storedModels.list({ worker: spawnWorker(new URL(this.#runtime)) });
    } catch (error) {
      // What cannot be kept in storage is fetched each time.
      if (error instanceof StoreError) return [];
      throw error;
    }
  }

  async #load(): Promise<void> {
    const { signal } = (this.#loading = new AbortController());
    this.#download = new DownloadControl();
    try {
      this.#engine = await createEngine({
        model: this.#model,
        worker: spawnWorker(new URL(this.#runtime)),
        download: this.#download,
        signal,
        // Some browsers ask their user, who came for the page and not for us.
        persist: false,
        onProgress: (progress) => {
          this.tell({ kind: 'loading', ...progress });
        },
        onDeviceEvent: ({ kind }) => {
          this.tell({ kind: 'device', event: kind });
        },
      });
    } catch (error) {
      if (!signal.aborted) throw error;
      await this.#look(false);
      return;
    }
    this.tell({ kind: 'ready' });
  }

  /** Answers the question that waits for it, if one does, with the model loaded before. */
  async #answer(): Promise<void> {
    if (this.#engine === undefined) await this.#load();
    if (this.#engine !== undefined) await this.#conversation.answer(this.#engine);
  }
}
