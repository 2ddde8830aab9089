import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

export interface Site {
  /** With a slash at its end. */
  url: string;
  close: () => Promise<void>;
}

/**
 * Serves folders on localhost. Pages are isolated from other origins, so that clocks and threads are the best that the
 * browser has.
 * @param mounts folders by the first part of their address; '' is for all other addresses
 * @param hidden nothing of a page is to be shown: on a machine without fonts headless Chromium ends at the first letter
 */
export async function serve(
  mounts: Readonly<Record<string, string>>,
  { port = 0, hidden = false }: { port?: number; hidden?: boolean } = {},
): Promise<Site> {
  const server = createServer((request, response) => {
    void (async () => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      const path = normalize(decodeURIComponent(pathname)).slice(1);
      const [first] = path.split('/');
      const [folder, rest] = first in mounts ? [mounts[first], path.slice(first.length)] : [mounts[''], path];
      const file = join(folder, rest === '' || rest.endsWith('/') ? `${rest}index.html` : rest);
      const found = await stat(file).catch(() => undefined);
      if (!found?.isFile()) {
        response.writeHead(404).end();
        return;
      }
      const isPage = hidden && extname(file) === '.html';
      const page = isPage ? Buffer.from((await readFile(file, 'utf8')).replace('<body>', '<body hidden>')) : undefined;
      response.writeHead(200, {
        'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
        'Content-Length': page?.length ?? found.size,
        'Cache-Control': 'no-store',
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Cross-Origin-Embedder-Policy': 'require-corp',
      });
      if (page) response.end(page);
      else createReadStream(file).pipe(response);
    })();
  });
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve));
  const address = server.address() as AddressInfo;
  return {
    url: `http://localhost:${address.port}/`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}
