import type { GenerationOptions } from '../model/generation-options';
import type { OwnStates } from '../model/own-states';
import type { SampledLogprob } from '../model/sampling-options';
import type { DeviceSession } from './device-session';
import type { Model, RunningGeneration } from './model';

/**
 * An answer that outlives its device. On another one it goes on as the text of the prompt and all that was sampled: random
 * numbers and penalties hang on nothing but that text, so the tokens are those that would have come.
 */
export class LastingGeneration implements RunningGeneration {
  readonly #sampled: number[] = [];
  readonly #logprobs: SampledLogprob[] = [];
  /** Where it runs now; `taken` of the sampled tokens are a part of the prompt there. */
  #run: { model: Model; generation: RunningGeneration; taken: number } | undefined;
  #cachedTokens = 0;

  private constructor(
    private readonly session: Pick<DeviceSession, 'run'>,
    private readonly prompt: readonly number[],
    private readonly options: GenerationOptions,
    private readonly signal: AbortSignal,
    private readonly own: OwnStates | undefined,
  ) {}

  /** Feeds the prompt. @throws what Model.generate throws. */
  static async begin(
    session: Pick<DeviceSession, 'run'>,
    prompt: readonly number[],
    options: GenerationOptions,
    signal: AbortSignal,
    own?: OwnStates,
  ): Promise<LastingGeneration> {
    const lasting = new LastingGeneration(session, prompt, options, signal, own);
    lasting.#cachedTokens = (await session.run((model) => lasting.#on(model), signal)).cachedTokens;
    return lasting;
  }

  get promptTokens(): number {
    return this.prompt.length;
  }

  get cachedTokens(): number {
    return this.#cachedTokens;
  }

  get logprobs(): readonly SampledLogprob[] {
    return this.#logprobs;
  }

  async next(): Promise<readonly number[]> {
    // Where the device was lost since the last token, there is none to ask for on another one.
    if (this.#sampled.length === this.options.maxTokens) return [];
    const fresh = await this.session.run(async (model) => (await this.#on(model)).next(), this.signal);
    if (this.#run !== undefined) {
      const { generation, taken } = this.#run;
      this.#logprobs.push(...generation.logprobs.slice(this.#sampled.length - taken));
    }
    this.#sampled.push(...fresh);
    return fresh;
  }

  /** Also after an abort: the model has to be free again. Where its device is lost there is nothing to end. */
  end(keptTokens: number): Promise<void> {
    return this.session.run(async (model) => {
      if (this.#run?.model === model) await this.#run.generation.end(keptTokens - this.#run.taken);
    });
  }

  async #on(model: Model): Promise<RunningGeneration> {
    if (this.#run?.model === model) return this.#run.generation;
    const taken = this.#sampled.length;
    const { allowed } = this.options;
    const before = [...this.#sampled];
    const options = {
      ...this.options,
      maxTokens: this.options.maxTokens - taken,
      allowed: allowed && ((sampled: readonly number[]) => allowed([...before, ...sampled])),
    };
    const text = [...this.prompt, ...this.#sampled];
    const generation = await model.generate(text, options, this.signal, undefined, this.own);
    this.#run = { model, generation, taken };
    return generation;
  }
}
