import type { ChatEngine } from '../../src/api/ai-sdk';
import type { ChatCompletions } from '../../src/api/chat-completions';
import { shaped } from '../../src/api/answer-shape';
import { CHAT_SHAPE } from '../../src/api/chat-shape';
import type { ChatCompletionCreateParams } from '../../src/api/openai';
import { plainCopy } from '../../src/api/plain-copy';
import { parseConfig } from '../../src/model/config';
import type { AnswerEvent } from '../../src/worker/answers';
import type { ChatEvent } from '../../src/worker/chat';
import { parseChatRequest } from '../../src/worker/chat-request';
import type { StreamReader } from '../../src/worker/wire/stream';

const config = parseConfig(
  { model_type: 'hgrn_bit', vocab_size: 64, hidden_size: 8, num_hidden_layers: 1 },
  'config.json',
);

/** An engine whose answers are written beforehand; all around the model is real. */
export class FakeChatEngine implements ChatEngine {
  readonly info = { name: 'fake-model' };
  /** What was asked, without the signal. */
  readonly asked: Omit<ChatCompletionCreateParams, 'signal'>[] = [];
  /** Whether an answer was ended before its end. */
  left = false;
  readonly chat: ChatEngine['chat'];

  /** @param answer the events of each answer; its signal is the request's. */
  constructor(answer: (signal: AbortSignal | undefined) => AsyncGenerator<ChatEvent, undefined, undefined>) {
    const create = ({ signal, ...params }: ChatCompletionCreateParams) => {
      this.asked.push(params);
      const request = plainCopy(params);
      parseChatRequest(request, { config, defaults: {} });
      const events = this.#reader(answer(signal));
      return Promise.resolve(shaped(events, CHAT_SHAPE, request, this.info.name));
    };
    this.chat = { completions: { create: create as ChatCompletions['create'] } };
  }

  #reader(events: AsyncGenerator<ChatEvent, undefined, undefined>): StreamReader<AnswerEvent> {
    return {
      next: async () => {
        const step = await events.next();
        return step.done === true ? step : { done: false, value: { ...step.value, index: 0 } };
      },
      return: async () => {
        this.left = true;
        await events.return(undefined);
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}
