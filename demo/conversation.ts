import type { ChatCompletionMessageParam, Engine } from '../src/api';

/** How an answer ended, with its figures where the engine gave them. */
export interface Answered {
  stopped: boolean;
  finishReason: string | undefined;
  tokens: number | undefined;
  tokensPerSecond: number | undefined;
}

/** The messages so far. The last one is the reader's while it has no answer. */
export class Conversation {
  #messages: ChatCompletionMessageParam[] = [];

  ask(text: string): void {
    this.#messages.push({ role: 'user', content: text });
  }

  clear(): void {
    this.#messages = [];
  }

  /**
   * Has the engine answer the last question, and gives each piece of text to `write`. What was written of a stopped
   * answer stays in the conversation; a failed answer leaves no trace there, so that it can be asked for again.
   */
  async answer(engine: Engine, signal: AbortSignal, write: (text: string) => void): Promise<Answered> {
    const messages = this.#messages;
    const answered: Answered = {
      stopped: false,
      finishReason: undefined,
      tokens: undefined,
      tokensPerSecond: undefined,
    };
    let content = '';
    try {
      const chunks = await engine.chat.completions.create({
        messages: [...messages],
        stream: true,
        stream_options: { include_usage: true },
        signal,
      });
      for await (const { choices, usage } of chunks) {
        const choice = choices.at(0);
        const text = choice?.delta.content ?? '';
        if (text !== '') {
          content += text;
          write(text);
        }
        answered.finishReason = choice?.finish_reason ?? answered.finishReason;
        if (usage) {
          answered.tokens = usage.completion_tokens;
          answered.tokensPerSecond = usage.extra.decode_tokens_per_second;
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    answered.stopped = signal.aborted;
    // A question that got no word of an answer is forgotten: chat templates expect turns to alternate.
    if (content === '') messages.pop();
    else messages.push({ role: 'assistant', content });
    return answered;
  }
}
