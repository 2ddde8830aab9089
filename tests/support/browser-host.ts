import { commands } from 'vitest/browser';

/** Serves a pack from another origin than the tests'; answers the URL of its folder. */
export function startHost(files: ReadonlyMap<string, Uint8Array>): Promise<string> {
  return commands.startHost(Object.fromEntries(Array.from(files, ([path, bytes]) => [path, base64(bytes)])));
}

export const { takeHostLog, stopHost } = commands;

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
