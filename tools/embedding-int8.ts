/** The largest int8 code; -128 is not used, so that codes are symmetric. */
const LARGEST_CODE = 127;

/** What rounding an embedding table to int8 loses, relative to the root mean square of its values. */
export interface QuantisationLoss {
  /** The largest absolute error. */
  max: number;
  /** The root mean square error. */
  rms: number;
}

/**
 * Rounds an embedding table [V, H] to int8 rows with a scale each, in two passes over slices that may end anywhere:
 * first `measure` every slice, then `quantise` every slice in the same order. Source: docs/PACK.md.
 */
export class EmbeddingQuantiser {
  /** Largest absolute value of each row over 127, [V]. Complete once all slices are measured. */
  readonly scales: Float32Array;
  #measured = 0;
  #quantised = 0;
  #largestError = 0;
  #squaredError = 0;
  #squares = 0;

  constructor(
    rows: number,
    private readonly columns: number,
  ) {
    this.scales = new Float32Array(rows);
  }

  measure(values: Float32Array): void {
    for (let index = 0; index < values.length; index++) {
      const row = Math.floor((this.#measured + index) / this.columns);
      const scale = Math.abs(values[index]) / LARGEST_CODE;
      if (scale > this.scales[row]) this.scales[row] = scale;
    }
    this.#measured += values.length;
  }

  quantise(values: Float32Array): Int8Array {
    const codes = new Int8Array(values.length);
    for (let index = 0; index < values.length; index++) {
      const value = values[index];
      const scale = this.scales[Math.floor((this.#quantised + index) / this.columns)];
      // A row of zeros, or of values too small for a scale, has the scale 0.
      const code = scale === 0 ? 0 : Math.max(-LARGEST_CODE, Math.min(LARGEST_CODE, Math.round(value / scale)));
      codes[index] = code;
      const error = Math.abs(value - Math.fround(code * scale));
      this.#largestError = Math.max(this.#largestError, error);
      this.#squaredError += error * error;
      this.#squares += value * value;
    }
    this.#quantised += values.length;
    return codes;
  }

  /** Of all that was quantised. */
  get loss(): QuantisationLoss {
    if (this.#squares === 0) return { max: 0, rms: 0 };
    const rms = Math.sqrt(this.#squares / this.#quantised);
    return { max: this.#largestError / rms, rms: Math.sqrt(this.#squaredError / this.#squares) };
  }
}
