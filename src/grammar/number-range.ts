import { bytes, choice, EMPTY, optional, repeat, sequence, text, type Expression } from './expression';

/** Digits that are written of a number with bounds: doubles hold as many exactly, so no rounding crosses a bound. */
const MOST_DIGITS = 15;
const MOST_FRACTION_DIGITS = 6;
/** Where a bound is missing, this is one: whole digits beside those of the fraction. */
const FAR = 10 ** (MOST_DIGITS - MOST_FRACTION_DIGITS) - 1;

export interface Bounds {
  low: number | undefined;
  /** Whether the number itself is out. */
  isLowOut: boolean;
  high: number | undefined;
  isHighOut: boolean;
}

/** Whole numbers within bounds; no expression where there are none. */
export function integersWithin(bounds: Bounds): Expression | undefined {
  return within(bounds, 0, 10 ** MOST_DIGITS - 1);
}

/** Numbers without an exponent within bounds. */
export function numbersWithin(bounds: Bounds): Expression | undefined {
  const largest = Math.max(Math.abs(bounds.low ?? 0), Math.abs(bounds.high ?? 0), 1);
  const wholeDigits = Math.floor(Math.log10(largest)) + 1;
  return within(bounds, Math.max(0, Math.min(MOST_FRACTION_DIGITS, MOST_DIGITS - wholeDigits - 1)), FAR);
}

/** @param far the largest size of a number where a bound is missing */
function within(
  { low, isLowOut, high, isHighOut }: Bounds,
  fractionDigits: number,
  far: number,
): Expression | undefined {
  const most = 10n ** BigInt(MOST_DIGITS) - 1n;
  const limit = (value: bigint) => (value > most ? most : value < -most ? -most : value);
  const lowest = scaled(low ?? Math.min(-far, high ?? 0), fractionDigits);
  const highest = scaled(high ?? Math.max(far, low ?? 0), fractionDigits);
  const first = limit(isLowOut || !lowest.isExact ? lowest.floor + 1n : lowest.floor);
  const last = limit(isHighOut && highest.isExact ? highest.floor - 1n : highest.floor);
  if (first > last || lowest.floor > most || highest.floor < -most - 1n) return undefined;
  const choices: Expression[] = [];
  if (first < 0n) {
    const least = last < 0n ? -last : 1n;
    choices.push(sequence(text('-'), magnitudes(least, -first, fractionDigits)));
  }
  if (last >= 0n) choices.push(magnitudes(first > 0n ? first : 0n, last, fractionDigits));
  return choice(...choices);
}

/** A number times 10^digits, rounded down. */
function scaled(value: number, digits: number): { floor: bigint; isExact: boolean } {
  const [, minus, whole, fraction = '', exponent] =
    /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(value.toExponential()) ?? [];
  const power = Number(exponent) - fraction.length + digits;
  const size = BigInt(whole + fraction);
  const unit = 10n ** BigInt(Math.abs(power));
  const signed = minus === '-' ? -size : size;
  if (power >= 0) return { floor: signed * unit, isExact: true };
  const isExact = signed % unit === 0n;
  return { floor: signed / unit - (signed < 0n && !isExact ? 1n : 0n), isExact };
}

/** Decimals from `low` to `high`, both times 10^digits. */
function magnitudes(low: bigint, high: bigint, digits: number): Expression {
  const unit = 10n ** BigInt(digits);
  const [from, to] = [low / unit, high / unit];
  const fractionOf = (value: bigint) => (digits === 0 ? '' : String(value % unit).padStart(digits, '0'));
  const [least, most] = [fractionOf(low), fractionOf(high)];
  const [zeros, nines] = ['0'.repeat(digits), '9'.repeat(digits)];
  if (from === to) return sequence(text(String(from)), fraction(least, most));
  const choices = [
    sequence(text(String(from)), fraction(least, nines)),
    sequence(text(String(to)), fraction(zeros, most)),
  ];
  if (to - from > 1n) choices.push(sequence(wholes(from + 1n, to - 1n), fraction(zeros, nines)));
  return choice(...choices);
}

/** What follows a number's whole digits, from one fraction to another of as many digits; zeros at its end may be missing. */
function fraction(least: string, most: string): Expression {
  if (least === '') return EMPTY;
  const written = sequence(text('.'), decimals(least, most));
  return isZero(least) ? optional(written) : written;
}

/** One digit or more, up to those of the bounds. */
function decimals(least: string, most: string): Expression {
  const [from, to] = [Number(least[0]), Number(most[0])];
  const rest = least.length - 1;
  const [zeros, nines] = ['0'.repeat(rest), '9'.repeat(rest)];
  const begun = (digit: number, low: string, high: string) => {
    const more = rest === 0 ? EMPTY : low === zeros && high === nines ? anyDigits(0, rest) : decimals(low, high);
    return sequence(text(String(digit)), isZero(low) ? optional(more) : more);
  };
  if (from === to) return begun(from, least.slice(1), most.slice(1));
  const choices = [begun(from, least.slice(1), nines), begun(to, zeros, most.slice(1))];
  if (to - from > 1) choices.push(sequence(digitsFrom(from + 1, to - 1), anyDigits(0, rest)));
  return choice(...choices);
}

/** Whole numbers from `low` to `high`, neither negative. */
function wholes(low: bigint, high: bigint): Expression {
  const [shortest, longest] = [String(low).length, String(high).length];
  const lengths = Array.from({ length: longest - shortest + 1 }, (_, index) => shortest + index);
  return choice(
    ...lengths.map((length) =>
      sameLength(
        length === shortest ? String(low) : `1${'0'.repeat(length - 1)}`,
        length === longest ? String(high) : '9'.repeat(length),
      ),
    ),
  );
}

function sameLength(least: string, most: string): Expression {
  if (least === '') return EMPTY;
  const rest = least.length - 1;
  const [zeros, nines] = ['0'.repeat(rest), '9'.repeat(rest)];
  const [from, to] = [Number(least[0]), Number(most[0])];
  const begun = (digit: number, low: string, high: string) =>
    sequence(text(String(digit)), low === zeros && high === nines ? anyDigits(rest, rest) : sameLength(low, high));
  if (from === to) return begun(from, least.slice(1), most.slice(1));
  const choices = [begun(from, least.slice(1), nines), begun(to, zeros, most.slice(1))];
  if (to - from > 1) choices.push(sequence(digitsFrom(from + 1, to - 1), anyDigits(rest, rest)));
  return choice(...choices);
}

const ZERO = 0x30;

function digitsFrom(low: number, high: number): Expression {
  return bytes([ZERO + low, ZERO + high]);
}

function anyDigits(least: number, most: number): Expression {
  return repeat(digitsFrom(0, 9), least, most);
}

function isZero(digits: string): boolean {
  return /^0*$/.test(digits);
}
