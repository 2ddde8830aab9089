import type { Engine, Session } from '../index';
import { iterable } from '../iterable-stream';
import { canonicalMessages, checkCall, fields } from './canonical';
import { asException } from './exceptions';
import type { CallOptions, LanguageModelSession, ModelParams, Prompt } from './types';

/** What a LanguageModel stands on. */
export interface Foundation {
  engine: Engine;
  session: Session;
  topK: number;
  temperature: number;
  /** Destroys it. */
  signal?: AbortSignal | undefined;
}

/** A session of an engine in the shape of the Prompt API. */
export class PromptSession extends EventTarget implements LanguageModelSession {
  oncontextoverflow: LanguageModelSession['oncontextoverflow'] = null;
  onquotaoverflow: LanguageModelSession['onquotaoverflow'] = null;
  readonly contextWindow = Infinity;
  readonly inputQuota = Infinity;
  readonly #foundation: Foundation;
  readonly #ended = new AbortController();

  constructor(foundation?: Foundation) {
    super();
    if (foundation === undefined) throw new TypeError('Illegal constructor: LanguageModel.create() makes one');
    this.#foundation = foundation;
    const { signal } = foundation;
    const end = () => {
      this.#end(signal?.reason);
    };
    // A signal may outlive many sessions.
    signal?.addEventListener('abort', end, { signal: this.#ended.signal });
  }

  get contextUsage(): number {
    return this.#foundation.session.usage?.total_tokens ?? 0;
  }

  get inputUsage(): number {
    return this.contextUsage;
  }

  get topK(): number {
    return this.#foundation.topK;
  }

  get temperature(): number {
    return this.#foundation.temperature;
  }

  prompt(input: Prompt, options?: CallOptions): Promise<string> {
    return this.#call(options, (signal, session) => session.prompt(this.#messages(input), { signal }));
  }

  promptStreaming(input: Prompt, options?: CallOptions): ReadableStream<string> {
    const { signal, session } = this.#begin(options);
    const reader = session.promptStreaming(this.#messages(input), { signal }).getReader();
    return iterable(
      new ReadableStream(
        {
          async pull(controller) {
            try {
              const { done, value } = await reader.read();
              if (done) controller.close();
              else controller.enqueue(value);
            } catch (error) {
              throw asException(error, 'UnknownError');
            }
          },
          cancel: (reason) => reader.cancel(reason),
        },
        { highWaterMark: 0 },
      ),
    );
  }

  async append(input: Prompt, options?: CallOptions): Promise<undefined> {
    await this.#call(options, (signal, session) => session.append(this.#messages(input), { signal }));
  }

  measureContextUsage(input: Prompt, options?: CallOptions): Promise<number> {
    return this.#call(options, async (signal, session) => {
      const total = await session.countTokens(this.#messages(input), { signal });
      return Math.max(total - this.contextUsage, 0);
    });
  }

  measureInputUsage(input: Prompt, options?: CallOptions): Promise<number> {
    return this.measureContextUsage(input, options);
  }

  clone(options?: CallOptions): Promise<PromptSession> {
    return this.#call(options, async (signal, session) => {
      const Class = this.constructor as typeof PromptSession;
      return new Class({ ...this.#foundation, session: await session.clone({ signal }), signal: undefined });
    });
  }

  destroy(): undefined {
    this.#end(new DOMException('the session has been destroyed', 'InvalidStateError'));
  }

  /** @param reason what pending and later calls reject with */
  #end(reason: unknown): void {
    this.#ended.abort(reason);
    this.#foundation.session.destroy();
  }

  #messages(input: Prompt) {
    return canonicalMessages(input, this.#foundation.session.messages.length > 0);
  }

  #begin(options: CallOptions = {}) {
    const { signal: own, ...asked } = fields(options, 'the options');
    const signals = [this.#ended.signal, ...(own === undefined ? [] : [own as AbortSignal])];
    const signal = AbortSignal.any(signals);
    signal.throwIfAborted();
    checkCall(asked);
    return { signal, session: this.#foundation.session };
  }

  async #call<Result>(
    options: CallOptions | undefined,
    work: (signal: AbortSignal, session: Session) => Promise<Result>,
  ): Promise<Result> {
    const { signal, session } = this.#begin(options);
    try {
      return await work(signal, session);
    } catch (error) {
      throw asException(error, 'UnknownError');
    }
  }
}

/** The sampling that an engine's pack asks for. */
export function modelParams({ info: { defaults } }: Engine): Pick<ModelParams, 'defaultTopK' | 'defaultTemperature'> {
  return {
    defaultTopK: defaults.topK ?? 0,
    defaultTemperature: defaults.doSample === false ? 0 : (defaults.temperature ?? 1),
  };
}
