const oneDigit = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const upToOneDigit = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** Megabytes (of 10^6 bytes, as download sizes are given), with one digit after the point. */
export function megabytes(bytes: number): string {
  return `${oneDigit.format(bytes / 1e6)} MB`;
}

/** A speed, with a digit after the point only where it says something. */
export function perSecond(rate: number): string {
  return rate < 10 ? upToOneDigit.format(rate) : whole.format(rate);
}

/** "1 token", "57 tokens". */
export function tokenCount(count: number): string {
  return `${whole.format(count)} ${count === 1 ? 'token' : 'tokens'}`;
}
