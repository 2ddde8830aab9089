import type { KernelSource } from '../../gpu/kernel';
import type { Projection } from './projections';

/**
 * How a projection of many tokens is cut into tiles. Not every shape will do: src/shaders/ternary_tile.wgsl asserts that
 * all invocations load alike, and at most four vectors and four words at a time.
 */
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

function workgroup({ tileTokens, tileRows, threadTokens }: TileShape): number {
  return (tileTokens / threadTokens) * (tileRows / THREAD_ROWS);
}

/**
 * The tile that a tuning asks for, or one of half the tokens where a whole slice would make fewer than `tilesWanted` of
 * them: a projection of few rows else leaves part of a GPU idle.
 */
export function tileShape(
  tuning: TileShape & { tilesWanted: number },
  { rows, matrices }: Projection,
  sliceTokens: number,
): TileShape {
  const { tileTokens, tileRows, tileWords, threadTokens, tilesWanted } = tuning;
  const tiles = (rows * matrices * sliceTokens) / (tileRows * tileTokens);
  // Each invocation then loads half the activations, and still all alike.
  const loads = (tileTokens * tileWords) / workgroup(tuning);
  const parts = tiles < tilesWanted && threadTokens === 8 && loads % 2 === 0 ? 2 : 1;
  return { tileTokens: tileTokens / parts, tileRows, tileWords, threadTokens: threadTokens / parts };
}

/** What the kernel leaves open, besides what the projection says. */
export function tileConstants(shape: TileShape, projection: Projection): KernelSource['constants'] {
  return {
    WORKGROUP: workgroup(shape),
    ROWS: projection.rows,
    MATRICES: matricesTogether(projection),
    TILE_TOKENS: shape.tileTokens,
    TILE_ROWS: shape.tileRows,
    TILE_WORDS: shape.tileWords,
    THREAD_TOKENS: shape.threadTokens,
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
