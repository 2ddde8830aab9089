import { RequestError } from '../errors';
import type { EngineInfo } from '../worker/runtime';
import { CallSignal } from '../worker/wire/signal';
import { readStream } from '../worker/wire/stream';
import { completionChunks, newHead, wholeCompletion } from './completion-chunks';
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionCreateParams,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionCreateParamsStreaming,
} from './openai';
import { plainCopy } from './plain-copy';
import type { WorkerLink } from './worker-link';

/** `engine.chat.completions`, in OpenAI's shape. */
export class ChatCompletions {
  readonly #link: WorkerLink;
  readonly #info: EngineInfo;

  /** @internal */
  constructor(link: WorkerLink, info: EngineInfo) {
    this.#link = link;
    this.#info = info;
  }

  /**
   * Answers a conversation. Requests to one engine are answered one after the other, in the order of their first steps.
   * @returns with `stream: true` the answer's chunks as they come, to be read once; leaving the loop ends the answer.
   * Else the whole answer.
   * @throws RequestError naming the parameter that is wrong; TokenizerError where the model cannot chat; TemplateError
   * where its template refuses the messages; DeviceLostError; WorkerError; DisposedError; the signal's reason when aborted.
   */
  create(params: ChatCompletionCreateParamsStreaming): Promise<AsyncIterableIterator<ChatCompletionChunk>>;
  create(params: ChatCompletionCreateParamsNonStreaming): Promise<ChatCompletion>;
  create(params: ChatCompletionCreateParams): Promise<ChatCompletion | AsyncIterableIterator<ChatCompletionChunk>>;
  async create(
    given: ChatCompletionCreateParams,
  ): Promise<ChatCompletion | AsyncIterableIterator<ChatCompletionChunk>> {
    this.#link.check();
    // Of what is no object this makes one that the worker refuses.
    const { signal, ...params } = { ...given };
    if (signal !== undefined && !(signal instanceof AbortSignal)) {
      throw new RequestError('must be an AbortSignal', { field: 'signal' });
    }
    const request = plainCopy(params);
    const events = await this.#begin(request, new CallSignal(signal));
    const head = newHead(this.#info.name);
    if (request.stream !== true) return wholeCompletion(events, head);
    return completionChunks(events, head, request.stream_options?.include_usage === true);
  }

  async #begin(request: unknown, call: CallSignal) {
    const { runtime, answer } = this.#link;
    try {
      return readStream(await answer(runtime.chat(request, call.signal), call.signal), answer, call);
    } catch (error) {
      call.end();
      throw call.reasonFor(error);
    }
  }
}
