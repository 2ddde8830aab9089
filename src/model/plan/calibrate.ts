/** What a candidate's steps took. */
export interface Timing<Name extends string> {
  name: Name;
  /** Wall time of a step, the median of all rounds. */
  stepMilliseconds: number;
  rounds: number;
}

export interface Calibration<Name extends string> {
  chosen: Name;
  /** Of all candidates, the default first. */
  timings: Timing<Name>[];
}

/** A round lasts about so long: far above the grain of a browser's clock, and a request that comes waits for one at most. */
const ROUND_MILLISECONDS = 25;
const MOST_STEPS = 256;
const LEAST_ROUNDS = 3;
/** What a candidate must gain over the default: less may be chance. */
const LEAST_GAIN = 0.05;

/**
 * Builds the candidates that are not built yet, one after the other, and leaves out those that fail: another device may
 * have them.
 * @throws the signal's reason when it is aborted between two of them; what is built stays.
 */
export async function buildCandidates<Name extends string, Built>(
  names: Iterable<Name>,
  build: (name: Name) => Promise<Built>,
  built: Map<Name, Built | undefined>,
  signal: AbortSignal,
): Promise<void> {
  for (const name of names) {
    signal.throwIfAborted();
    if (!built.has(name)) built.set(name, await build(name).catch(() => undefined));
  }
}

/**
 * Measures which candidate runs steps fastest. Rounds of all candidates alternate, so that a GPU that warms up or has
 * other work is the same to all.
 * @param names the default first, which stays unless another one is clearly faster
 * @param run runs so many steps and resolves when they are done
 * @param clock milliseconds
 * @param milliseconds that each candidate is measured for at least
 * @throws what `run` throws; the signal's reason when it is aborted between two rounds.
 */
export async function calibrate<Name extends string>(
  names: readonly Name[],
  run: (name: Name, steps: number) => Promise<void>,
  clock: () => number,
  signal: AbortSignal,
  milliseconds = 100,
): Promise<Calibration<Name>> {
  const contenders = names.map((name) => new Contender(name));
  for (const { name } of contenders) {
    signal.throwIfAborted();
    // Unmeasured: drivers do the last of their work on a pipeline when it first runs.
    await run(name, 1);
  }
  let open = contenders;
  while (open.length > 0) {
    for (const contender of open) {
      signal.throwIfAborted();
      const start = clock();
      await run(contender.name, contender.steps);
      contender.took(clock() - start);
    }
    open = open.filter((contender) => !contender.isMeasured(milliseconds));
  }
  const timings = contenders.map((contender) => contender.timing);
  const [base] = timings;
  const fastest = timings.reduce((best, other) => (other.stepMilliseconds < best.stepMilliseconds ? other : best));
  const isClear = fastest.stepMilliseconds <= base.stepMilliseconds * (1 - LEAST_GAIN);
  return { chosen: isClear ? fastest.name : base.name, timings };
}

/** A candidate under measurement. */
class Contender<Name extends string> {
  /** Of its next round. */
  steps = 1;
  #total = 0;
  readonly #stepTimes: number[] = [];

  constructor(readonly name: Name) {}

  took(milliseconds: number): void {
    const fitting = Math.floor((this.steps * ROUND_MILLISECONDS) / milliseconds);
    const isTooShort = this.steps < MOST_STEPS && fitting >= 2 * this.steps;
    if (!isTooShort) {
      this.#total += milliseconds;
      this.#stepTimes.push(milliseconds / this.steps);
    }
    // A round that is too short tells how long the news of its end takes; so short a one is no base for long ones either.
    this.steps = Math.max(1, Math.min(fitting, 4 * this.steps, MOST_STEPS));
  }

  isMeasured(milliseconds: number): boolean {
    return this.#total >= milliseconds && this.#stepTimes.length >= LEAST_ROUNDS;
  }

  get timing(): Timing<Name> {
    const sorted = this.#stepTimes.toSorted((a, b) => a - b);
    const middle = (sorted.length - 1) / 2;
    const stepMilliseconds = (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
    return { name: this.name, stepMilliseconds, rounds: sorted.length };
  }
}
