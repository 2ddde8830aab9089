import type { AdapterDescription } from '../../src/gpu/device';
import type { ModelName } from '../model/shapes';
import { type AbortResult, measureAbort } from './abort';
import { type CalibrationResult, measureCalibration } from './calibration';
import { type DecodeResult, measureDecode } from './decode';
import { type EffortName, EFFORTS, type Effort } from './effort';
import { type FloorResult, measureFloor } from './floor';
import { type KernelsResult, measureKernels } from './kernels';
import { measureMemory, type MemoryResult } from './memory';
import { measurePrefill, type PrefillResult } from './prefill';
import type { SectionName } from './section-names';
import { measureSessions, type SessionsResult } from './sessions';
import { openSubject, type Subject, type SubjectOptions } from './subject';

/** What each section of the benchmark that looks at one model finds. */
export interface SectionResults {
  decode: DecodeResult;
  prefill: PrefillResult;
  memory: MemoryResult;
  floor: FloorResult;
  kernels: KernelsResult;
  abort: AbortResult;
  sessions: SessionsResult;
  calibration: CalibrationResult;
}

const SECTIONS: { [Name in SectionName]: (subject: Subject, effort: Effort) => Promise<SectionResults[Name]> } = {
  decode: measureDecode,
  prefill: measurePrefill,
  memory: measureMemory,
  floor: measureFloor,
  kernels: measureKernels,
  abort: measureAbort,
  sessions: measureSessions,
  calibration: measureCalibration,
};

/** The sections of the benchmark, over one model at a time. */
export class Bench {
  #subject: Subject | undefined;

  /** Makes a model, in place of the one before. */
  async open(name: ModelName, options: SubjectOptions): Promise<AdapterDescription> {
    this.close();
    this.#subject = await openSubject(name, options);
    return this.#subject.gpu.adapter;
  }

  /** @throws RangeError without an open model; GpuError where the section needs timestamp queries and there are none. */
  async measure<Name extends SectionName>(
    section: Name,
    effort: EffortName,
    changes: Partial<Effort> = {},
  ): Promise<SectionResults[Name]> {
    if (this.#subject === undefined) throw new RangeError('no model is open');
    return SECTIONS[section](this.#subject, { ...EFFORTS[effort], ...changes });
  }

  close(): void {
    this.#subject?.dispose();
    this.#subject = undefined;
  }
}
