/** Steps a submit and submits in flight. */
export interface Pace {
  /** Tokens that are decoded by one submit, 1 or more. */
  stepsPerSubmit: number;
  /** Submits that are not waited for, 1 or more. */
  submitsInFlight: number;
}

/** The most that the state ring leaves room for. */
export const FASTEST_PACE: Pace = { stepsPerSubmit: 4, submitsInFlight: 4 };

/** Work in flight at most, in milliseconds: what is submitted cannot be stopped. */
const IN_FLIGHT_MILLISECONDS = 40;

/**
 * Chooses how much work is kept in flight: enough that the GPU never waits for the page, little enough that stopping
 * takes under 50 ms or one step.
 */
export class Pacer {
  #stepMilliseconds: number | undefined;

  /** @param fixed a pace that is kept whatever is measured. */
  constructor(private readonly fixed?: Pace) {}

  get pace(): Pace {
    if (this.fixed) return this.fixed;
    if (this.#stepMilliseconds === undefined) return { stepsPerSubmit: 1, submitsInFlight: 1 };
    const steps = Math.max(1, Math.floor(IN_FLIGHT_MILLISECONDS / this.#stepMilliseconds));
    const submitsInFlight = Math.min(FASTEST_PACE.submitsInFlight, steps);
    const stepsPerSubmit = Math.min(FASTEST_PACE.stepsPerSubmit, Math.floor(steps / submitsInFlight));
    return { stepsPerSubmit, submitsInFlight };
  }

  /** Takes note that `steps` steps took so long by the wall clock. */
  measured(steps: number, milliseconds: number): void {
    if (steps > 0) this.#stepMilliseconds = milliseconds / steps;
  }
}
