import { gunzipSync } from 'node:zlib';
import type { BrowserCommand } from 'vitest/node';
import { StaticHost } from './static-host.ts';

const hosts = new Map<string, StaticHost>();

/** What tests in the browser can have done in Node. */
declare module 'vitest/browser' {
  interface BrowserCommands {
    /** Serves files (zipped, in base64) from another origin, all as of a type if one is given; answers the URL of their folder. */
    startHost: (files: Record<string, string>, contentType?: string) => Promise<string>;
    /** Which files have been asked for since the last time, in order. */
    takeHostLog: (url: string) => Promise<string[]>;
    stopHost: (url: string) => Promise<void>;
  }
}

const startHost: BrowserCommand<[files: Record<string, string>, contentType?: string]> = async (
  _,
  files,
  contentType,
) => {
  const bytes = Object.entries(files).map(
    ([path, text]) => [path, new Uint8Array(gunzipSync(Buffer.from(text, 'base64')))] as const,
  );
  const host = await StaticHost.start(new Map(bytes), { ranges: true });
  if (contentType !== undefined) {
    host.fault = (_request, response) => {
      response.setHeader('content-type', contentType);
      return false;
    };
  }
  hosts.set(host.url, host);
  return host.url;
};

const takeHostLog: BrowserCommand<[url: string]> = (_, url) =>
  hosts
    .get(url)
    ?.log.splice(0)
    .map(({ path }) => path) ?? [];

const stopHost: BrowserCommand<[url: string]> = async (_, url) => {
  await hosts.get(url)?.stop();
  hosts.delete(url);
};

export const hostCommands = { startHost, takeHostLog, stopHost };
