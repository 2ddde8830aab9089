import { releaseProxy, type Remote } from 'comlink';
import { DisposedError, RequestError } from '../errors';
import type { ChatMessage } from '../model/text/chat-message';
import type { ChatUsage } from '../worker/chat';
import type { SessionEnd } from '../worker/chat-sessions';
import { CallSignal } from '../worker/wire/signal';
import { readStream } from '../worker/wire/stream';
import { unlessAborted } from '../worker/wire/unless-aborted';
import { completionUsage } from './answer-shape';
import { checkSignal } from './check-signal';
import { iterable } from './iterable-stream';
import type { CompletionUsage } from './openai';
import { plainCopy } from './plain-copy';
import { asMessages, joinedMessages, type SessionInput, type SessionParams } from './session-request';
import type { WorkerLink } from './worker-link';

/** What all verbs that wait take. */
export interface SessionCallOptions {
  /** Stops the call, which then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** How one answer is to be: what is left out is as the session was created with. */
export interface SessionPromptOptions extends SessionParams, SessionCallOptions {}

/** What a session is, and where. */
export interface SessionPlace {
  link: WorkerLink;
  /** Parameters of prompts that say nothing else. */
  defaults: SessionParams;
  /** Under which it is kept in the browser's storage. */
  id: string | undefined;
}

/**
 * A conversation that the engine keeps the state of. Calls are done one after the other, in their order; one that fails or
 * is aborted leaves the session as it was before. Made by `engine.sessions`.
 */
export class Session {
  readonly #place: SessionPlace;
  readonly #end: Remote<SessionEnd>;
  readonly #ended = new AbortController();
  #last: Promise<unknown> = Promise.resolve();
  #messages: readonly ChatMessage[];
  #usage: CompletionUsage | undefined;
  #persisted: boolean;
  #refusal: string | undefined;

  /** @internal */
  constructor(place: SessionPlace, end: Remote<SessionEnd>, messages: readonly ChatMessage[], isStored = false) {
    this.#place = place;
    this.#end = end;
    this.#messages = messages;
    this.#persisted = isStored;
  }

  /** What was said so far, answers too. */
  get messages(): readonly ChatMessage[] {
    return this.#messages;
  }

  /** What the last prompt took, or the last `append` where that had something to read; undefined before. */
  get usage(): CompletionUsage | undefined {
    return this.#usage;
  }

  /** Whether all that was said is in the browser's storage. */
  get persisted(): boolean {
    return this.#persisted;
  }

  /** Why it is not, where `persist` asked for it and the browser refused. */
  get notPersistedBecause(): string | undefined {
    return this.#refusal;
  }

  /**
   * Answers the user's words, or messages; they and the answer become a part of the session.
   * @throws RequestError naming the parameter that is wrong; TemplateError where the model's template refuses the
   * messages; DisposedError after `destroy`; DeviceLostError; WorkerError; the signal's reason when aborted.
   */
  prompt(input: SessionInput, options: SessionPromptOptions = {}): Promise<string> {
    return this.#answer(input, options, () => undefined);
  }

  /** As `prompt`, the text as it comes. Cancelling the stream is an abort. What `prompt` throws, the reader is thrown. */
  promptStreaming(input: SessionInput, options: SessionPromptOptions = {}): ReadableStream<string> {
    const left = new AbortController();
    const signal = options.signal instanceof AbortSignal ? AbortSignal.any([options.signal, left.signal]) : left.signal;
    return iterable(
      new ReadableStream({
        // Pieces wait here and not in the worker: a stream that nobody reads holds nobody up.
        start: async (controller) => {
          await this.#answer(
            input,
            options,
            (text) => {
              controller.enqueue(text);
            },
            signal,
          );
          controller.close();
        },
        cancel: () => {
          left.abort();
        },
      }),
    );
  }

  /** Adds messages without an answer, and reads them now, so that the next prompt need not. @throws what `prompt` throws */
  async append(input: SessionInput, { signal }: SessionCallOptions = {}): Promise<void> {
    const added = plainCopy(asMessages(input), 'messages');
    await this.#inTurn(signal, async (call) => {
      const usage = await this.#place.link.answer(this.#end.read(this.#messages, added, call.signal), call.signal);
      await this.#commit([...this.#messages, ...joinedMessages(added)], usage);
    });
  }

  /** Another session that goes on from here, on its own. It is not persisted. */
  clone({ signal }: SessionCallOptions = {}): Promise<Session> {
    return this.#inTurn(signal, async (call) => {
      const end = await this.#place.link.answer(this.#end.clone(), call.signal);
      const clone = new Session({ ...this.#place, id: undefined }, end, this.#messages);
      clone.#usage = this.#usage;
      return clone;
    });
  }

  /** Forgets all but the first `to` messages. @throws RequestError where there are fewer */
  async rewind(to: number): Promise<void> {
    await this.#inTurn(undefined, async ({ signal }) => {
      if (!Number.isInteger(to) || to < 0 || to > this.#messages.length) {
        throw new RequestError(`must be a number of messages, ${this.#messages.length} at most`, { field: 'to' });
      }
      await this.#place.link.answer(this.#end.rewind(to), signal);
      await this.#commit(this.#messages.slice(0, to));
    });
  }

  /** The tokens of all messages with these as the next prompt. @throws what `prompt` throws */
  async countTokens(input: SessionInput, { signal }: SessionCallOptions = {}): Promise<number> {
    const added = plainCopy(asMessages(input), 'messages');
    return this.#inTurn(signal, (call) =>
      this.#place.link.answer(this.#end.count(this.#messages, added, call.signal), call.signal),
    );
  }

  /** All of the session in a few hundred kilobytes, for `engine.sessions.restore` with the same model. */
  save({ signal }: SessionCallOptions = {}): Promise<Blob> {
    return this.#inTurn(signal, async (call) => {
      const bytes = await this.#place.link.answer(this.#end.save([...this.#messages]), call.signal);
      return new Blob([bytes]);
    });
  }

  /** Stops what it is doing and lets go of its states. What is in the browser's storage stays. */
  destroy(): void {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort(new DisposedError('the session has been destroyed'));
    this.#end[releaseProxy]();
  }

  async #answer(
    input: SessionInput,
    { signal: ownSignal, ...params }: SessionPromptOptions,
    onText: (text: string) => void,
    signal = ownSignal,
  ): Promise<string> {
    checkSignal(ownSignal);
    const { link, defaults } = this.#place;
    const asked = { ...defaults, ...plainCopy(params) };
    const added = plainCopy(asMessages(input), 'messages');
    return this.#inTurn(signal, async (call) => {
      const answering = this.#end.prompt(this.#messages, added, asked, call.signal);
      let text = '';
      let usage: ChatUsage | undefined;
      for await (const event of readStream(await link.answer(answering, call.signal), link.answer, call)) {
        if (event.kind === 'end') {
          ({ usage } = event);
          continue;
        }
        text += event.text;
        onText(event.text);
      }
      await this.#commit([...this.#messages, ...joinedMessages(added), { role: 'assistant', content: text }], usage);
      return text;
    });
  }

  /** Makes it so. From here on nothing is aborted any more. */
  async #commit(messages: readonly ChatMessage[], usage?: ChatUsage): Promise<void> {
    this.#messages = messages;
    if (usage !== undefined) this.#usage = completionUsage(usage);
    const { link, id } = this.#place;
    if (id === undefined) return;
    this.#refusal = await link.answer(this.#end.persist(id, [...messages]), this.#ended.signal);
    this.#persisted = this.#refusal === undefined;
  }

  #inTurn<Result>(signal: AbortSignal | undefined, work: (call: CallSignal) => Promise<Result>): Promise<Result> {
    const before = this.#last;
    const result = this.#after(before, signal, work);
    // One that is aborted while it waits is over before the one that it waited for.
    this.#last = Promise.allSettled([before, result]);
    return result;
  }

  async #after<Result>(
    before: Promise<unknown>,
    signal: AbortSignal | undefined,
    work: (call: CallSignal) => Promise<Result>,
  ): Promise<Result> {
    checkSignal(signal);
    this.#place.link.check();
    const { signal: ended } = this.#ended;
    const either = signal === undefined ? ended : AbortSignal.any([ended, signal]);
    await unlessAborted(before, either);
    const call = new CallSignal(either);
    try {
      return await work(call);
    } catch (error) {
      throw call.reasonFor(error);
    } finally {
      call.end();
    }
  }
}
