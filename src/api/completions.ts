import type {
  Completion,
  CompletionChunk,
  CompletionCreateParams,
  CompletionCreateParamsNonStreaming,
  CompletionCreateParamsStreaming,
} from './openai-texts';
import { request } from './request';
import { TextShape } from './text-shape';
import type { WorkerLink } from './worker-link';

/** `engine.completions`, in OpenAI's shape: goes on from texts as they are, without a chat template. */
export class Completions {
  readonly #link: WorkerLink;
  readonly #model: string;

  /** @internal */
  constructor(link: WorkerLink, model: string) {
    this.#link = link;
    this.#model = model;
  }

  /**
   * Goes on from one text or several; each gets `n` choices, those of the first text first.
   * @returns with `stream: true` chunks as they come, to be read once; leaving the loop ends the answer. Else all at once.
   * @throws RequestError naming the parameter that is wrong; TokenizerError where the model has no tokenizer; TemplateError
   * where that takes too long; DeviceLostError; WorkerError; DisposedError; the signal's reason when aborted.
   */
  create(params: CompletionCreateParamsStreaming): Promise<AsyncIterableIterator<CompletionChunk>>;
  create(params: CompletionCreateParamsNonStreaming): Promise<Completion>;
  create(params: CompletionCreateParams): Promise<Completion | AsyncIterableIterator<CompletionChunk>>;
  create(params: CompletionCreateParams): Promise<Completion | AsyncIterableIterator<CompletionChunk>> {
    return request(this.#link, 'complete', params, new TextShape(), this.#model);
  }
}
