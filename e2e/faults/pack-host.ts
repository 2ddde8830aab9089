import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What was asked for: the bytes from `from` up to `to` of a file. */
export interface Asked {
  /** The pack's folder and file, as `pack/config.json`. */
  path: string;
  from: number;
  to: number;
  /** The load that asked, where its worker's address ends in `?load=NAME`: requests of one that was broken off come late. */
  load: string | undefined;
  /** Whether the answer lacked some of it, on purpose. */
  wasFaulty: boolean;
}

/** Answers in place of the host: gets what was asked for and the bytes that the right answer would have; false leaves it to the host. */
export type FaultyAnswer = (asked: Asked, right: RightAnswer, response: ServerResponse) => boolean;

export interface RightAnswer {
  status: 200 | 206;
  /** Where in the file the body begins. */
  begin: number;
  body: Uint8Array;
  headers: Record<string, string | number>;
}

export interface HostedPack {
  files: ReadonlyMap<string, Uint8Array>;
  /** Whether a Range header is honoured. */
  ranges: boolean;
  fault?: FaultyAnswer;
}

/**
 * A static host for pages and packs. To other origins it is as plain as static hosts are: any may read, but it answers
 * no preflight and shows no headers.
 */
export class PackHost {
  readonly pages = new Map<string, { type: string; body: string | Uint8Array }>();
  readonly packs = new Map<string, HostedPack>();
  readonly log: Asked[] = [];
  /** Requests that are no GET: preflights. */
  readonly others: string[] = [];
  readonly #server = createServer((request, response) => {
    this.#answer(request, response);
  });
  url = '';

  static async start(): Promise<PackHost> {
    const host = new PackHost();
    await new Promise<void>((resolve) => host.#server.listen(0, 'localhost', resolve));
    host.url = `http://localhost:${(host.#server.address() as AddressInfo).port}/`;
    return host;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => {
        resolve();
      });
      this.#server.closeAllConnections();
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const [path] = (request.url ?? '/').slice(1).split('?');
    if (request.method !== 'GET') {
      this.others.push(`${request.method} ${path}`);
      response.writeHead(405).end();
      return;
    }
    const page = this.pages.get(path);
    if (page !== undefined) {
      // So that a worker tells hosts on other origins too which load asks.
      const headers = { 'content-type': page.type, 'cache-control': 'no-store', 'referrer-policy': 'unsafe-url' };
      response.writeHead(200, headers).end(page.body);
      return;
    }
    const [folder, name] = path.split('/');
    const pack = this.packs.get(folder);
    const file = pack?.files.get(name);
    response.setHeader('access-control-allow-origin', '*');
    if (pack === undefined || file === undefined) {
      response.writeHead(404).end('no such file');
      return;
    }
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    const from = range === null ? 0 : Number(range[1]);
    const to = range === null ? file.byteLength : Math.min(Number(range[2]) + 1, file.byteLength);
    const load = /\?load=(.+)$/.exec(request.headers.referer ?? '')?.[1];
    const asked = { path, from, to, load, wasFaulty: false };
    this.log.push(asked);
    const etag = `"${createHash('sha256').update(file).digest('hex').slice(0, 16)}"`;
    const condition = request.headers['if-range'];
    const isPart = pack.ranges && range !== null && (condition === undefined || condition === etag);
    if (isPart && from >= to) {
      response.writeHead(416, { 'content-range': `bytes */${file.byteLength}` }).end();
      return;
    }
    const body = isPart ? file.subarray(from, to) : file;
    const headers = {
      etag,
      'cache-control': 'max-age=3600',
      'content-length': body.byteLength,
      ...(isPart ? { 'content-range': `bytes ${from}-${to - 1}/${file.byteLength}` } : {}),
    };
    const right: RightAnswer = { status: isPart ? 206 : 200, begin: isPart ? from : 0, body, headers };
    if (pack.fault?.(asked, right, response) !== true) response.writeHead(right.status, headers).end(body);
  }
}
