/**
 * What loading is busy with. `compile`: the GPU's buffers and kernels are made; `download`: bytes come from the
 * network; `upload`: bytes come from the browser's storage. The last two go on to the GPU as they come.
 */
export type LoadPhase = 'compile' | 'download' | 'upload';

export interface LoadProgress {
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
  #bytesWhole = 0;
  #told: LoadProgress | undefined;
  #toldAt = 0;

  constructor(
    private readonly bytesTotal: number,
    private readonly tell: (progress: LoadProgress) => void,
  ) {}

  enter(phase: LoadPhase): void {
    this.#phase = phase;
    this.#report(this.#bytesWhole);
  }

  /** Some bytes of the chunk that is under way have come over the network. */
  receiving(bytes: number): void {
    this.#phase = 'download';
    this.#report(this.#bytesWhole + bytes);
  }

  /** A chunk is there as a whole. */
  received(bytes: number, phase: LoadPhase): void {
    this.#phase = phase;
    this.#bytesWhole += bytes;
    this.#report(this.#bytesWhole);
  }

  #report(bytesDone: number): void {
    const now = performance.now();
    const told = this.#told;
    const isNews = told?.phase !== this.#phase || bytesDone === this.bytesTotal || now - this.#toldAt >= INTERVAL;
    if (!isNews || (told?.phase === this.#phase && told.bytesDone === bytesDone)) return;
    this.#told = { phase: this.#phase, bytesDone, bytesTotal: this.bytesTotal };
    this.#toldAt = now;
    this.tell(this.#told);
  }
}
