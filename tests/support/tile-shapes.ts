import type { TileShape } from '../../src/model/plan/tile-shape';

function tile(tileTokens: number, tileRows: number, tileWords: number, threadTokens: number): TileShape {
  return { tileTokens, tileRows, tileWords, threadTokens };
}

/** Tiles of all kinds that fit WebGPU's default limits: the small ones make several of a tiny model. */
export const TILE_SHAPES = [
  tile(16, 32, 4, 4),
  tile(32, 32, 8, 4),
  tile(32, 64, 8, 4),
  tile(64, 64, 8, 4),
  tile(64, 64, 8, 8),
  tile(32, 128, 4, 8),
  tile(64, 128, 8, 8),
  tile(128, 64, 4, 8),
];
