import { observe } from '../../bench/measure/observe';
import { Generation } from '../../src/model/generation';
import { LanguageModel } from '../../src/model/language-model';

export const STAGES = ['loading', 'prefill', 'decode'] as const;
export type Stage = (typeof STAGES)[number];

/** Some milliseconds after so many calls of WebGPU within a stage. */
export interface Moment {
  stage: Stage;
  call: number;
  delay: number;
}

/** Follows what an engine on this thread does on its device, from outside, and acts at chosen moments within a stage. */
export class DeviceStages {
  /** Undefined while nothing is done on a device. */
  stage: Stage | undefined;
  /** Calls of WebGPU that were made within each stage, since `begin`. */
  calls: Record<Stage, number> = { loading: 0, prefill: 0, decode: 0 };
  /** The stages in which the chosen moments fell, in order. */
  readonly hits: Stage[] = [];
  #next: Moment | undefined;
  #act: () => void = () => undefined;
  #device: GPUDevice | undefined;
  readonly #ends: (() => void)[];

  constructor() {
    const count = () => {
      this.#count();
    };
    this.#ends = [
      observe(GPUAdapter.prototype, 'requestDevice', (_, __, requested) => {
        void requested.then((device) => {
          this.stage = 'loading';
          this.#device = device;
          // A device that is lost from the start fails no call: there is none before this one.
          queueMicrotask(count);
        });
      }),
      observe(GPUDevice.prototype, 'createBuffer', count),
      observe(GPUDevice.prototype, 'createBindGroup', count),
      observe(GPUDevice.prototype, 'createComputePipelineAsync', count),
      observe(GPUQueue.prototype, 'writeBuffer', count),
      observe(GPUQueue.prototype, 'submit', count),
      observe(GPUBuffer.prototype, 'mapAsync', count),
      observe(LanguageModel.prototype, 'finishLoading', (_, __, finished) => {
        this.#enterAfter(finished, undefined);
      }),
      observe(LanguageModel.prototype, 'generate', (_, __, prompted) => {
        this.stage = 'prefill';
        this.#enterAfter(prompted, 'decode');
      }),
      observe(Generation.prototype, 'end', () => {
        this.stage = undefined;
      }),
    ];
  }

  /** Counts anew, towards a moment where there is one. */
  begin(
    moment?: Moment,
    act = () => {
      this.lose();
    },
  ): void {
    this.calls = { loading: 0, prefill: 0, decode: 0 };
    this.#next = moment;
    this.#act = act;
  }

  /** Whether the moment is still to come. */
  get isDue(): boolean {
    return this.#next !== undefined;
  }

  /** Destroys the device now, whatever is done on it. */
  lose(): void {
    this.#device?.destroy();
  }

  stop(): void {
    for (const end of this.#ends) end();
  }

  #enterAfter(work: Promise<unknown>, stage: Stage | undefined): void {
    const enter = () => {
      this.stage = stage;
    };
    // What fails for a lost device is followed by another load.
    work.then(enter, () => undefined);
  }

  #count(): void {
    if (this.stage === undefined) return;
    this.calls[this.stage]++;
    const moment = this.#next;
    if (moment?.stage !== this.stage || this.calls[this.stage] < moment.call) return;
    if (moment.delay === 0) this.#strike();
    else
      setTimeout(() => {
        if (this.#next === moment) this.#strike();
      }, moment.delay);
  }

  /** Where nothing is being done any more, a later call takes the place of this moment. */
  #strike(): void {
    if (this.stage === undefined) return;
    this.#next = undefined;
    this.hits.push(this.stage);
    this.#act();
  }
}
