import type { Engine, Session } from '../index';
import { iterable } from '../iterable-stream';
import type { SessionParams } from '../session-request';
import { answerParams, canonicalMessages, fields } from './canonical';
import { asException } from './exceptions';
import type { CallOptions, LanguageModelSession, ModelParams, Prompt, PromptOptions } from './types';

/** What a LanguageModel stands on. */
export interface Foundation {
  engine: Engine;
  session: Session;
  topK: number;
  temperature: number;
  /** Destroys it. */
  signal?: AbortSignal | undefined;
}

/** A call that is not aborted yet. */
interface Call {
  signal: AbortSignal;
  session: Session;
  /** Those of the answer, for calls that have one. @throws TypeError, NotSupportedError */
  params: () => SessionParams;
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

  prompt(input: Prompt, options?: PromptOptions): Promise<string> {
    return this.#call(options, ({ signal, session, params }) =>
      session.prompt(this.#messages(input), { ...params(), signal }),
    );
  }

  promptStreaming(input: Prompt, options?: PromptOptions): ReadableStream<string> {
    const { signal, session, params } = this.#begin(options);
    const reader = session.promptStreaming(this.#messages(input), { ...params(), signal }).getReader();
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
    await this.#call(options, ({ signal, session }) => session.append(this.#messages(input), { signal }));
  }

  measureContextUsage(input: Prompt, options?: PromptOptions): Promise<number> {
    return this.#call(options, async ({ signal, session, params }) => {
      // A constraint has to be right, and takes no tokens: it is never a part of the prompt.
      params();
      const total = await session.countTokens(this.#messages(input), { signal });
      return Math.max(total - this.contextUsage, 0);
    });
  }

  measureInputUsage(input: Prompt, options?: PromptOptions): Promise<number> {
    return this.measureContextUsage(input, options);
  }

  clone(options?: CallOptions): Promise<PromptSession> {
    return this.#call(options, async ({ signal, session }) => {
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

  #begin(options: PromptOptions = {}): Call {
    const { signal: own, ...asked } = fields(options, 'the options');
    const signals = [this.#ended.signal, ...(own === undefined ? [] : [own as AbortSignal])];
    const signal = AbortSignal.any(signals);
    signal.throwIfAborted();
    const { session, engine } = this.#foundation;
    return { signal, session, params: () => answerParams(asked, engine.info.hasGrammar) };
  }

  async #call<Result>(options: PromptOptions | undefined, work: (call: Call) => Promise<Result>): Promise<Result> {
    const call = this.#begin(options);
    try {
      return await work(call);
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
