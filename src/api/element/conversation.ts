import type { Engine } from '../engine';
import type { ChatCompletionMessageParam } from '../openai';
import type { AnswerEnd, ChatNews, ChatOrder } from './chat-protocol';
import { markdownPieces } from './markdown-pieces';

/** Of its time, an answer that streams in takes one part for being drawn and leaves so many to all else. */
const REST = 4;
/** The panel is told at most this often, in milliseconds. */
const INTERVAL = 40;

type Question = Extract<ChatOrder, { kind: 'ask' }>;

/** The messages so far, and the answer that is being given. */
export class Conversation {
  #messages: ChatCompletionMessageParam[] = [];
  #question: Question | undefined;
  #answering: AbortController | undefined;

  constructor(private readonly tell: (news: ChatNews) => void) {}

  ask(question: Question): void {
    this.#question = question;
  }

  stop(): void {
    this.#answering?.abort();
  }

  /** Begins anew; an answer that is under way is broken off. */
  forget(): void {
    this.stop();
    this.#messages = [];
    this.#question = undefined;
  }

  /**
   * Has the last question answered. What was said of a stopped answer stays in the conversation; a failed one leaves no
   * trace there, so that it can be asked for again. @throws what the engine throws, but for a stop
   */
  async answer(engine: Engine): Promise<void> {
    const question = this.#question;
    if (question === undefined) return;
    const { id, text, system } = question;
    const { signal } = (this.#answering = new AbortController());
    const before = this.#messages;
    const asked: ChatCompletionMessageParam = { role: 'user', content: text };
    const instructions: ChatCompletionMessageParam[] = system === '' ? [] : [{ role: 'system', content: system }];
    let content = '';
    let end: AnswerEnd = 'whole';
    let timer: ReturnType<typeof setTimeout> | undefined;
    let mayTellAt = 0;
    const say = () => {
      timer = undefined;
      const begun = performance.now();
      this.tell({ kind: 'said', id, pieces: markdownPieces(content) });
      const now = performance.now();
      mayTellAt = now + INTERVAL + REST * (now - begun);
    };
    try {
      const messages = [...instructions, ...before, asked];
      const chunks = await engine.chat.completions.create({ messages, stream: true, signal });
      for await (const { choices } of chunks) {
        const choice = choices.at(0);
        content += choice?.delta.content ?? '';
        if (choice?.finish_reason === 'length') end = 'cut';
        timer ??= setTimeout(say, mayTellAt - performance.now());
      }
    } catch (error) {
      if (!signal.aborted) throw error;
      end = 'stopped';
    } finally {
      clearTimeout(timer);
    }
    if (this.#question === question) this.#question = undefined;
    // A question that got no word of an answer is forgotten: chat templates expect turns to alternate.
    if (content !== '') before.push(asked, { role: 'assistant', content });
    say();
    this.tell({ kind: 'answered', id, end });
  }
}
