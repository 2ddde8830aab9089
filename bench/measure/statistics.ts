/** Several measurements of one thing. */
export interface Sample {
  median: number;
  low: number;
  high: number;
  values: number[];
}

/** @param values one or more, in the order in which they were measured. */
export function sample(values: number[]): Sample {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
  return { median, low: sorted[0], high: sorted[sorted.length - 1], values };
}

/** The standard deviation of all values about their mean. */
export function standardDeviation(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return Math.sqrt(squares / values.length);
}
