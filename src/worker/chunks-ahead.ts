import type { PackFile } from '../model/manifest';

export interface FileChunk<Chunk> {
  file: PackFile;
  index: number;
  chunk: Chunk;
}

/**
 * The chunks of some files in order, each fetched while its forerunner is being worked on: so two of them are in memory
 * and never three.
 */
export async function* chunksAhead<Chunk>(
  files: readonly PackFile[],
  fetchChunk: (file: PackFile, index: number) => Promise<Chunk>,
): AsyncGenerator<FileChunk<Chunk>, void, undefined> {
  const places = files.flatMap((file) => file.chunks.map((_, index) => ({ file, index })));
  const begin = (at: number): Promise<Chunk> | undefined => {
    if (at === places.length) return undefined;
    const coming = fetchChunk(places[at].file, places[at].index);
    // Awaited only when its forerunner is done with: until then a failure is not an unhandled one.
    coming.catch(() => undefined);
    return coming;
  };
  let coming = begin(0);
  for (let at = 0; coming !== undefined; at++) {
    const chunk = await coming;
    coming = begin(at + 1);
    yield { ...places[at], chunk };
  }
}
