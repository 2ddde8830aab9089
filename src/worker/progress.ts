/**
 * What loading is busy with. `compile`: the GPU's device and buffers are made, and the kernel that unpacks weights; the
 * other kernels are compiled while bytes come. `download`: bytes come from the network; `upload`: bytes come from the
 * browser's storage. The last two go on to the GPU as they come. `wait`: another tab is downloading the same pack.
 */
export type LoadPhase = 'compile' | 'download' | 'upload' | 'wait';

/** How far loading is. */
export interface LoadProgress {
  /** What it is busy with. */
  phase: LoadPhase;
  /** Bytes of the pack that have come so far; never falls. */
  bytesDone: number;
  /** Bytes that loading reads in all. */
  bytesTotal: number;
}

/** A page is told at most this often, in milliseconds, while the phase stays. */
const INTERVAL = 50;

/** Counts the bytes of a load and tells about them, neither too often nor twice the same. */
export class ProgressMeter {
  #phase: LoadPhase = 'download';
  #bytesDone = 0;
  #told: LoadProgress | undefined;
  #toldAt = 0;

  constructor(
    private readonly bytesTotal: number,
    private readonly tell: (progress: LoadProgress) => void,
  ) {}

  enter(phase: LoadPhase): void {
    this.#phase = phase;
    this.#report();
  }

  /** More bytes of the pack have come. */
  add(bytes: number, phase: LoadPhase): void {
    this.#phase = phase;
    this.#bytesDone += bytes;
    this.#report();
  }

  #report(): void {
    const now = performance.now();
    const told = this.#told;
    const bytesDone = this.#bytesDone;
    const isNews = told?.phase !== this.#phase || bytesDone === this.bytesTotal || now - this.#toldAt >= INTERVAL;
    if (!isNews || (told?.phase === this.#phase && told.bytesDone === bytesDone)) return;
    this.#told = { phase: this.#phase, bytesDone, bytesTotal: this.bytesTotal };
    this.#toldAt = now;
    this.tell(this.#told);
  }
}
