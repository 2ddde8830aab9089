import { CHAT_SHAPE } from './chat-shape';
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionCreateParams,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionCreateParamsStreaming,
} from './openai';
import { request } from './request';
import type { WorkerLink } from './worker-link';

/** `engine.chat.completions`, in OpenAI's shape. */
export class ChatCompletions {
  readonly #link: WorkerLink;
  readonly #model: string;

  /** @internal */
  constructor(link: WorkerLink, model: string) {
    this.#link = link;
    this.#model = model;
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
  create(params: ChatCompletionCreateParams): Promise<ChatCompletion | AsyncIterableIterator<ChatCompletionChunk>> {
    return request(this.#link, 'chat', params, CHAT_SHAPE, this.#model);
  }
}
