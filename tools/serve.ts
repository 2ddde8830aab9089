import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import sirv from 'sirv';
import { readManifest } from './pack-manifest';
import { UsageError } from './usage';

/** A pack that is being served. */
export interface PackServer {
  /** The pack's name for itself. */
  name: string;
  /** Where pages find it, with a slash at its end. */
  url: string;
  close(): Promise<void>;
}

// Any page may read: what is served is a model, and only while its owner tries it.
const CORS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Accept-Ranges, Content-Length, Content-Range, ETag',
};
const PREFLIGHT = { 'Access-Control-Allow-Methods': 'GET, HEAD', 'Access-Control-Allow-Headers': '*' };

/**
 * Serves the files of a pack with ranges and ETags, as they are on disk when they are asked for.
 * @param port 0 takes any free one.
 * @throws PackError if the folder is no pack; UsageError if nothing can listen there.
 */
export async function servePack(folder: string, host: string, port: number): Promise<PackServer> {
  const { name } = await readManifest(folder);
  const serveFile = sirv(folder, { dev: true, etag: true, extensions: [] });
  const server = createServer((request, response) => {
    for (const [header, value] of Object.entries(CORS)) response.setHeader(header, value);
    if (!isRange(request.headers.range)) delete request.headers.range;
    if (request.method === 'OPTIONS') response.writeHead(204, PREFLIGHT).end();
    else if (request.method === 'GET' || request.method === 'HEAD') serveFile(request, response);
    else response.writeHead(405, { Allow: 'GET, HEAD, OPTIONS' }).end();
  });
  await listen(server, host, port);
  const { port: taken } = server.address() as AddressInfo;
  return {
    name,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}/`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** One part of a file from front to back; what else a client may ask for is answered by the whole file. */
function isRange(range = ''): boolean {
  const bounds = /^bytes=(\d+)-(\d*)$/.exec(range)?.slice(1);
  return bounds !== undefined && (bounds[1] === '' || Number(bounds[0]) <= Number(bounds[1]));
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason =
      code === 'EADDRINUSE'
        ? `port ${port} of ${host} is in use; choose another one with --port`
        : `nothing can listen at port ${port} of ${host}: ${message}`;
    throw new UsageError(reason, { cause });
  }
}
