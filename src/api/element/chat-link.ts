import { WorkerError } from '../../errors';
import { spawnWorker } from '../spawn-worker';
import { workerUrl } from '../worker-url';
import type { ChatNews, ChatOrder } from './chat-protocol';
import { chatWorkerUrl } from './chat-worker-url';

/** The panel's end of its worker. */
export class ChatLink {
  readonly #worker: Worker;

  /**
   * @param model absolute URL of the pack's folder.
   * @param ended is told when nothing more can come, and why.
   * @throws WorkerError where the browser starts no worker
   */
  constructor(model: string, hear: (news: ChatNews) => void, ended: (error: WorkerError) => void) {
    this.#worker = spawnWorker(chatWorkerUrl());
    this.#worker.addEventListener('message', ({ data }: MessageEvent<ChatNews>) => {
      hear(data);
    });
    this.#worker.addEventListener('error', (event: Partial<ErrorEvent> & Event) => {
      // Else it would count as an error of the page.
      event.preventDefault();
      this.end();
      // A script that cannot be loaded gives an event without a message.
      ended(new WorkerError(event.message ?? 'the file of its worker could not be loaded or run'));
    });
    this.tell({ kind: 'look', model, runtime: workerUrl().href });
  }

  tell(order: ChatOrder): void {
    this.#worker.postMessage(order);
  }

  /** Ends the worker, with all that it started and holds on the GPU. */
  end(): void {
    this.#worker.terminate();
  }
}
