import type { ControlMessage } from '../worker/wire/load-control';

/** Pauses and resumes the downloads of the engines that it is given to, as `createEngine({ model, download })`. */
export class DownloadControl {
  readonly #ports = new Set<MessagePort>();
  #isPaused = false;

  /** Whether `pause` was called last. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Ends the requests under way and lets none begin. What has been checked is kept. */
  pause(): void {
    this.#isPaused = true;
    this.#tell('pause');
  }

  /** Goes on with the first chunk that is not there. */
  resume(): void {
    this.#isPaused = false;
    this.#tell('resume');
  }

  /** @internal */
  attach(port: MessagePort): void {
    this.#ports.add(port);
  }

  /** @internal */
  detach(port: MessagePort): void {
    this.#ports.delete(port);
  }

  #tell(message: ControlMessage): void {
    for (const port of this.#ports) port.postMessage(message);
  }
}
