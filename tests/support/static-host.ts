import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HostOptions {
  /** Answers part of a file where a Range header asks for it; else always the whole. */
  ranges: boolean;
}

/** Answers in place of the host; false leaves the request to it. */
export type Fault = (request: IncomingMessage, response: ServerResponse, body: Uint8Array) => boolean;

/** A static host on localhost for one test: `files` by name under /pack/, a log of what was asked, and a fault to switch on. */
export class StaticHost {
  readonly log: { path: string; range: string | undefined }[] = [];
  fault: Fault | undefined;
  /** URL of the folder, with a slash at its end. */
  url = '';
  readonly #server = createServer((request, response) => {
    this.#answer(request, response);
  });

  private constructor(
    readonly files: Map<string, Uint8Array>,
    readonly options: HostOptions,
  ) {}

  static async start(files: Map<string, Uint8Array>, options: HostOptions): Promise<StaticHost> {
    const host = new StaticHost(files, options);
    await new Promise<void>((resolve) => host.#server.listen(0, '127.0.0.1', resolve));
    host.url = `http://127.0.0.1:${(host.#server.address() as AddressInfo).port}/pack/`;
    return host;
  }

  async stop(): Promise<void> {
    const stopped = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await stopped;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '').replace('/pack/', '');
    const { range } = request.headers;
    this.log.push({ path, range });
    response.setHeader('access-control-allow-origin', '*');
    const body = this.files.get(path);
    if (body === undefined) {
      response.writeHead(404, { 'content-type': 'text/html' }).end('<html>no such file</html>');
      return;
    }
    if (this.fault?.(request, response, body)) return;
    const asked = /^bytes=(\d+)-(\d+)$/.exec(range ?? '');
    if (this.options.ranges && asked !== null) {
      const first = Number(asked[1]);
      const last = Math.min(Number(asked[2]), body.byteLength - 1);
      if (first > last) {
        response.writeHead(416, { 'content-range': `bytes */${body.byteLength}` }).end();
        return;
      }
      response.writeHead(206, { 'content-range': `bytes ${first}-${last}/${body.byteLength}` });
      response.end(body.subarray(first, last + 1));
    } else {
      response.writeHead(200, { 'content-length': body.byteLength }).end(body);
    }
  }
}
