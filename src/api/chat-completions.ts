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
import { parseChatRequest } from './request';
import type { WorkerLink } from './worker-link';

/** `engine.chat.completions`, in OpenAI's shape. */
export class ChatCompletions {
  readonly #link: WorkerLink;
  readonly #info: EngineInfo;

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
  async create({
    signal,
    ...params
  }: ChatCompletionCreateParams): Promise<ChatCompletion | AsyncIterableIterator<ChatCompletionChunk>> {
    this.#link.check();
    if (signal !== undefined && !(signal instanceof AbortSignal)) {
      throw new RequestError('must be an AbortSignal', { field: 'signal' });
    }
    const { stream, includeUsage, ...request } = parseChatRequest(params, this.#info);
    const events = await this.#begin(request, new CallSignal(signal));
    const head = newHead(this.#info.name);
    return stream ? completionChunks(events, head, includeUsage) : wholeCompletion(events, head);
  }

  async #begin(request: Parameters<WorkerLink['runtime']['chat']>[0], call: CallSignal) {
    const { runtime, answer } = this.#link;
    try {
      return readStream(await answer(runtime.chat(request, call.signal), call.signal), answer, call);
    } catch (error) {
      call.end();
      throw call.reasonFor(error);
    }
  }
}
