import { finalizer, proxy, transfer, type ProxyMarked } from 'comlink';
import { SessionError, TemplateError } from '../errors';
import { GREEDY } from '../model/sampling-options';
import type { ChatMessage } from '../model/text/chat-message';
import { prepareChat, type ChatEvent, type ChatRequest, type ChatUsage, type PreparedChat } from './chat';
import type { PromptEncoder } from './prompt-encoder';
import { readSession, writeSession, type SavedSession, type SessionModel } from './saved-session';
import type { SessionRecords } from './session-records';
import { goneOn, NOTHING_READ, pointAt, rewound, TextRun, type SessionText } from './session-text';
import { chatTokenizer, type TextModel } from './text-model';
import { Turns } from './turns';
import { offerStream, type StreamEnd } from './wire/stream';

/**
 * What the worker knows of a session: how far the model has read, and its states. What was said is the page's, which
 * sends it whole: so whatever is aborted, and when, a session goes on as the page says, from the states that suit.
 * A session is let go of with its proxy.
 */
export interface SessionEnd extends ProxyMarked {
  /** What had been said in a session that was restored. */
  messages(): ChatMessage[];
  /** Reads messages before they are needed. Undefined where the template takes them only with what follows. */
  read(messages: readonly ChatMessage[], signal: AbortSignal): Promise<ChatUsage | undefined>;
  /** Answers all messages, those of the session and new ones. */
  prompt(request: ChatRequest, signal: AbortSignal): StreamEnd<ChatEvent>;
  /** Tokens of these messages as a prompt. */
  count(messages: readonly ChatMessage[], signal: AbortSignal): Promise<number>;
  /** Forgets what came after the first messages. */
  rewind(messages: number): void;
  clone(): SessionEnd;
  save(messages: ChatMessage[]): Promise<Uint8Array<ArrayBuffer>>;
  /** Saves it in the browser's storage. Answers why it is not kept; undefined where it is. */
  persist(id: string, messages: ChatMessage[]): Promise<string | undefined>;
}

/** What sessions need of the engine. */
export interface SessionHost {
  model: SessionModel;
  text: TextModel | undefined;
  prompts: PromptEncoder;
  records: SessionRecords;
  /** Answers in its turn. */
  answer(prepared: PreparedChat, signal: AbortSignal): AsyncGenerator<ChatEvent, void, undefined>;
  /** Aborted with the signal, and with the engine. */
  orEnded(signal: AbortSignal): AbortSignal;
}

interface Session {
  text: SessionText;
}

/** The sessions of a loaded model. Each may go on from the states of all. */
export class ChatSessions {
  readonly #open = new Set<Session>();
  readonly #reading = new Turns();

  constructor(private readonly host: SessionHost) {}

  /**
   * @param from what `save` gave; or the id of a stored session, which begins anew where there is none or it is damaged.
   * @throws TokenizerError where the model cannot chat; SessionError for bytes that are no session of this model.
   */
  async open(from?: Uint8Array<ArrayBuffer> | string): Promise<SessionEnd> {
    chatTokenizer(this.host.text);
    if (from === undefined) return this.#offer(NOTHING_READ);
    const { model } = this.host;
    const saved = typeof from === 'string' ? await this.#stored(from) : await readSession(from, model);
    return this.#offer(saved?.text ?? NOTHING_READ, saved?.messages);
  }

  async #stored(id: string): Promise<SavedSession | undefined> {
    const bytes = await this.host.records.get(id);
    try {
      return bytes && (await readSession(bytes, this.host.model, true));
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      return undefined;
    }
  }

  #offer(text: SessionText, restored: ChatMessage[] = []): SessionEnd {
    const session: Session = { text };
    this.#open.add(session);
    const { model, prompts, records } = this.host;
    const save = (messages: ChatMessage[]) => writeSession({ messages, text: session.text }, model);
    return proxy({
      messages: () => restored,
      read: (messages, signal) => this.#read(session, messages, this.host.orEnded(signal)),
      prompt: (request, signal) => offerStream(this.#answer(session, request, this.host.orEnded(signal))),
      count: async (messages, signal) => (await prompts.encode(messages, this.host.orEnded(signal))).length,
      rewind: (messages) => {
        session.text = rewound(session.text, messages);
      },
      clone: () => this.#offer(session.text),
      save: async (messages) => {
        const bytes = await save(messages);
        return transfer(bytes, [bytes.buffer]);
      },
      persist: async (id, messages) => records.put(id, await save(messages)),
      [finalizer]: () => {
        this.#open.delete(session);
      },
    } satisfies Omit<SessionEnd, keyof ProxyMarked> & { [finalizer]: () => void });
  }

  async *#answer(
    session: Session,
    request: ChatRequest,
    signal: AbortSignal,
  ): AsyncGenerator<ChatEvent, void, undefined> {
    const prepared = await prepareChat(request, this.host.text, this.host.prompts, signal);
    const run = this.#run(session);
    let last: ChatEvent | undefined;
    for await (const event of this.host.answer({ ...prepared, own: run }, signal)) {
      if (event.kind === 'end') last = event;
      else yield event;
    }
    session.text = await run.textAfter(session.text, request.messages.length + 1, true);
    if (last !== undefined) yield last;
  }

  /** One session after the other: the second one with the same system prompt finds it read. */
  async #read(session: Session, messages: readonly ChatMessage[], signal: AbortSignal): Promise<ChatUsage | undefined> {
    const end = await this.#reading.begin(signal);
    try {
      const prompt = await this.#encodeBegun(messages, signal);
      if (prompt === undefined) return undefined;
      const known = this.#known(session).flatMap((text) => pointAt(text, prompt) ?? []);
      if (known.length > 0) {
        session.text = goneOn(session.text, { ids: prompt, state: known[0].state }, messages.length);
        return { ...NO_WORK, promptTokens: prompt.length, cachedTokens: prompt.length };
      }
      const run = this.#run(session);
      const tokenizer = chatTokenizer(this.host.text);
      // A token is sampled, and never told.
      const options = { ...GREEDY, maxTokens: 1, stopTokenIds: [] };
      let usage: ChatUsage | undefined;
      for await (const event of this.host.answer({ prompt, options, stop: [], tokenizer, own: run }, signal)) {
        if (event.kind === 'end') usage = { ...event.usage, completionTokens: 0, decodeTime: 0 };
      }
      session.text = await run.textAfter(session.text, messages.length, false);
      return usage;
    } finally {
      end();
    }
  }

  async #encodeBegun(messages: readonly ChatMessage[], signal: AbortSignal): Promise<number[] | undefined> {
    try {
      const ids = await this.host.prompts.encode(messages, signal, false);
      return ids.length === 0 ? undefined : ids;
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      return undefined;
    }
  }

  #run(session: Session): TextRun {
    return new TextRun(() => this.#known(session));
  }

  /** The session's own text first. */
  #known(session: Session): SessionText[] {
    return [session, ...this.#open].map(({ text }) => text);
  }
}

const NO_WORK: ChatUsage = { promptTokens: 0, cachedTokens: 0, completionTokens: 0, prefillTime: 0, decodeTime: 0 };
