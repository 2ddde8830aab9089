import type { Random } from './random';

/** Width of the crafted rows: a power of two, so that the mean is exact. */
export const TIE_COLUMNS = 32;
/** The mean square of the crafted rows: a power of four, so that its root is exact, and so large that no epsilon shows. */
export const TIE_MEAN_SQUARE = 4096;
/** The float32 next below one half: adding one half to it gives 1 in float32. */
export const JUST_BELOW_HALF = 0.5 - 2 ** -25;

const TIES = 12;
const LARGEST_TIE = 90;

/**
 * A row of TIE_COLUMNS floats of which many lie exactly between two integers, of both signs, and one just below a half. Its
 * largest is 127, and all sums over it are exact, so that it is quantised by a factor of exactly 1 (gains being 1).
 */
export function tieRow(random: Random): Float32Array {
  const magnitudes = [127, JUST_BELOW_HALF];
  while (magnitudes.length < TIES + 1) magnitudes.push(random.integer(0, LARGEST_TIE) + 0.5);
  let rest =
    TIE_COLUMNS * TIE_MEAN_SQUARE - magnitudes.reduce((sum, value) => sum + Math.round(value * value * 4) / 4, 0);
  while (magnitudes.length < TIE_COLUMNS) {
    const whole = Math.min(126, Math.floor(Math.sqrt(rest)));
    magnitudes.push(whole);
    rest -= whole * whole;
  }
  if (rest !== 0) throw new RangeError(`${rest} is left of the sum of squares`);
  return Float32Array.from(magnitudes, (value) => (random.chance(0.5) ? value : -value));
}

/** What a row of such values must become: halves away from zero. */
export function roundedTies(row: Float32Array): number[] {
  return Array.from(row, (value) => {
    const magnitude = Math.abs(value);
    const rounded = magnitude % 1 === 0.5 ? magnitude + 0.5 : Math.round(magnitude);
    return value < 0 && rounded > 0 ? -rounded : rounded;
  });
}
