import type { PackFile } from '../model/manifest';

export interface FileChunk<Chunk> {
  file: PackFile;
  index: number;
  chunk: Chunk;
}

/**
 * The chunks of some files in order. The first two are fetched at once, each further one when the chunk two before it
 * is done with: so fetching and working overlap, and two chunks are in memory and never three.
 */
export function chunksAhead<Chunk>(
  files: readonly PackFile[],
  fetchChunk: (file: PackFile, index: number) => Promise<Chunk>,
): AsyncGenerator<FileChunk<Chunk>, void, undefined> {
  const places = files.flatMap((file) => file.chunks.map((_, index) => ({ file, index })));
  const begin = (at: number): Promise<Chunk> | undefined => {
    if (at >= places.length) return undefined;
    const coming = fetchChunk(places[at].file, places[at].index);
    // Awaited only when its forerunner is done with: until then a failure is not an unhandled one.
    coming.catch(() => undefined);
    return coming;
  };
  return inOrder(places, begin, begin(0), begin(1));
}

async function* inOrder<Chunk>(
  places: readonly Omit<FileChunk<Chunk>, 'chunk'>[],
  begin: (at: number) => Promise<Chunk> | undefined,
  first: Promise<Chunk> | undefined,
  second: Promise<Chunk> | undefined,
): AsyncGenerator<FileChunk<Chunk>, void, undefined> {
  let [coming, after] = [first, second];
  for (let at = 0; coming !== undefined; at++) {
    yield { ...places[at], chunk: await coming };
    coming = after;
    after = begin(at + 2);
  }
}
