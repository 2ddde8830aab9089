import { FASTEST_PACE } from './pace';
import { buildCandidates, calibrate, type Calibration } from './plan/calibrate';
import type { TuningName } from './plan/candidates';
import type { Sampler } from './plan/sampler';
import type { StepPlan } from './plan/step-plan';
import { GREEDY } from './sampling-options';
import type { StepRunner } from './step-runner';

/**
 * Finds the tuning whose decode steps are fastest here. All candidates share the runner and its buffers: between texts these
 * hold nothing that is needed later.
 */
export class Calibrator {
  /** Undefined for those that cannot be built here. */
  readonly #plans = new Map<TuningName, StepPlan | undefined>();

  /**
   * @param names the candidates, first the one that runs already
   * @param build a candidate's plan
   */
  constructor(
    private readonly names: readonly TuningName[],
    private readonly build: (name: TuningName) => Promise<StepPlan>,
  ) {}

  /** Compiles what `measure` compares. What is compiled when it is aborted need not be again. */
  async compile(signal: AbortSignal): Promise<void> {
    await buildCandidates(this.names, this.build, this.#plans, signal);
  }

  /**
   * Measures all that was compiled, on a GPU that has nothing else to do, and leaves the runner with the best plan; with
   * the one that it had when it fails.
   * @param vocabSize V
   * @param clock milliseconds
   */
  async measure(
    runner: StepRunner,
    sampler: Sampler,
    vocabSize: number,
    clock: () => number,
    signal: AbortSignal,
  ): Promise<Calibration<TuningName>> {
    const before = runner.plan;
    const plans = new Map([...this.#plans].flatMap(([name, plan]) => (plan === undefined ? [] : [[name, plan]])));
    let best: StepPlan | undefined;
    try {
      // The likeliest token: it needs no kernel that a generation might not need.
      await sampler.prepare(GREEDY, [], new Uint32Array(vocabSize));
      runner.beginEndless();
      const run = async (name: TuningName, steps: number) => {
        runner.plan = plans.get(name) ?? before;
        await decode(runner, steps);
      };
      const result = await calibrate([...plans.keys()], run, clock, signal);
      best = plans.get(result.chosen);
      return result;
    } finally {
      runner.plan = best ?? before;
    }
  }
}

/** Decodes as a generation does, with several submits in flight. */
async function decode(runner: StepRunner, steps: number): Promise<void> {
  const { stepsPerSubmit, submitsInFlight } = FASTEST_PACE;
  const inFlight: Promise<unknown>[] = [];
  for (let left = steps; left > 0; left -= stepsPerSubmit) {
    if (inFlight.length === submitsInFlight) await inFlight.shift();
    const report = runner.decode(Math.min(stepsPerSubmit, left));
    // Awaited in order; a lost device rejects them all, and the first rejection is the one that is thrown.
    report.catch(() => undefined);
    inFlight.push(report);
  }
  await Promise.all(inFlight);
}
