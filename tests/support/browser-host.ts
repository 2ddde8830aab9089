import { commands } from 'vitest/browser';

/** Serves a pack from another origin than the tests', all its files as `contentType` if that is given; answers the URL of its folder. */
export async function startHost(files: ReadonlyMap<string, Uint8Array>, contentType?: string): Promise<string> {
  const packed = Array.from(files, async ([path, bytes]) => [path, await zipped(bytes)] as const);
  return commands.startHost(Object.fromEntries(await Promise.all(packed)), contentType);
}

export const { takeHostLog, stopHost } = commands;

/** In base64, which is how bytes get from the browser to Node. */
async function zipped(bytes: Uint8Array): Promise<string> {
  const stream = new Blob([bytes.slice()]).stream().pipeThrough(new CompressionStream('gzip'));
  const zip = new Uint8Array(await new Response(stream).arrayBuffer());
  return btoa(Array.from(zip, (byte) => String.fromCharCode(byte)).join(''));
}
