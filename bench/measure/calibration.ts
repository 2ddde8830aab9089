import type { Calibration } from '../../src/model/plan/calibrate';
import type { TuningName } from '../../src/model/plan/candidates';
import type { Subject } from './subject';

/** What the model's own calibration finds; no timings where it has nothing to try. */
export interface CalibrationResult extends Calibration<TuningName> {
  /** Until all candidates were compiled, and from there to the choice. */
  compileMilliseconds: number;
  measureMilliseconds: number;
}

/** Lets the model calibrate, which it can do once. */
export async function measureCalibration({ model }: Subject): Promise<CalibrationResult> {
  const { signal } = new AbortController();
  const start = performance.now();
  await model.compileCandidates(signal);
  const compiled = performance.now();
  const found = model.canCalibrate ? await model.calibrate(signal) : { chosen: model.tuning, timings: [] };
  const times = { compileMilliseconds: compiled - start, measureMilliseconds: performance.now() - compiled };
  return { ...found, ...times };
}
