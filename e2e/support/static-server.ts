import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
};
const STRICTEST = { 'Content-Security-Policy': "default-src 'self'" };

export interface Served {
  path: string;
  status: number;
  bytes: number;
}

export interface StaticServer {
  /** The address of the site's folder. */
  url: string;
  /** Every response so far, with the bytes of its body. Paths are relative to the site. */
  log: Served[];
  close: () => Promise<void>;
}

export interface StaticServerOptions {
  /** Where the folder lies on the host, with a slash at both ends. */
  subPath?: string;
  /** What every response carries, errors too; the strictest policy if left out. */
  headers?: Record<string, string>;
}

/** Serves a folder under a sub-path of localhost, as any static host would: no fallback page, and no caching. */
export async function serveFolder(
  folder: string,
  { subPath = '/some/where/', headers = STRICTEST }: StaticServerOptions = {},
): Promise<StaticServer> {
  const always = { ...headers, 'Cache-Control': 'no-store' };
  const log: Served[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      const path = normalize(decodeURIComponent(pathname.slice(subPath.length - 1)));
      const file = join(folder, path.endsWith('/') ? `${path}index.html` : path);
      const found = await stat(file).catch(() => undefined);
      if (!pathname.startsWith(subPath) || !found?.isFile()) {
        response.writeHead(404, { ...always, 'Content-Type': 'text/plain' }).end('not found');
        log.push({ path, status: 404, bytes: 0 });
        return;
      }
      const type = TYPES[extname(file)] ?? 'application/octet-stream';
      const served = { path, status: 200, bytes: 0 };
      log.push(served);
      response.writeHead(200, { ...always, 'Content-Type': type, 'Content-Length': found.size });
      createReadStream(file)
        .on('data', (chunk) => (served.bytes += chunk.length))
        .pipe(response);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}${subPath}`,
    log,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}
