import type { KernelSource } from '../../gpu/kernel';
import type { Projection } from './projections';

/** How a projection of many tokens is cut into tiles (src/shaders/ternary_tile.wgsl). */
export interface TileShape {
  /** Tokens and rows of a tile; where matrices share it, rows of them all. */
  tileTokens: number;
  tileRows: number;
  /** Words of each row that are in workgroup memory at once. */
  tileWords: number;
  /** Tokens of a tile on which one invocation works: 4 or 8. */
  threadTokens: number;
}

/** Rows of a tile on which one invocation works. */
const THREAD_ROWS = 4;

/** Matrices of which a tile has the same channels, as all of their activations are the same. */
function matricesTogether({ inputs, matrices }: Projection): number {
  return inputs === 1 ? matrices : 1;
}

/**
 * The tile that a tuning asks for, or one of half the tokens where a whole slice would make fewer than `tilesWanted` of
 * them: a projection of few rows else leaves part of a GPU idle.
 */
export function tileShape(
  { tileTokens, tileRows, tileWords, threadTokens, tilesWanted }: TileShape & { tilesWanted: number },
  { rows, matrices }: Projection,
  sliceTokens: number,
): TileShape {
  const tiles = (rows * matrices * sliceTokens) / (tileRows * tileTokens);
  const parts = tiles < tilesWanted && threadTokens === 8 ? 2 : 1;
  return { tileTokens: tileTokens / parts, tileRows, tileWords, threadTokens: threadTokens / parts };
}

/** What the kernel leaves open, besides what the projection says. */
export function tileConstants(
  { tileTokens, tileRows, tileWords, threadTokens }: TileShape,
  projection: Projection,
): KernelSource['constants'] {
  return {
    WORKGROUP: (tileTokens / threadTokens) * (tileRows / THREAD_ROWS),
    ROWS: projection.rows,
    MATRICES: matricesTogether(projection),
    TILE_TOKENS: tileTokens,
    TILE_ROWS: tileRows,
    TILE_WORDS: tileWords,
    THREAD_TOKENS: threadTokens,
  };
}

/** Workgroups in x (rows), y (tokens) and z (matrices that do not share tiles). */
export function tileGroups(
  { tileTokens, tileRows }: TileShape,
  projection: Projection,
  count: number,
): [number, number, number] {
  const together = matricesTogether(projection);
  const { rows, matrices } = projection;
  return [Math.ceil((rows * together) / tileRows), Math.ceil(count / tileTokens), matrices / together];
}
