import { finalizer, proxy, transfer, type ProxyMarked } from 'comlink';
import { RequestError, SessionError, TemplateError } from '../errors';
import { GREEDY } from '../model/sampling-options';
import type { ChatMessage } from '../model/text/chat-message';
import type { ChatRequest } from './answer-request';
import type { AnswerEvent } from './answers';
import { NO_WORK, type ChatUsage } from './chat';
import { parseChatRequest } from './chat-request';
import type { Constraints } from './constraints';
import { prepareChat, type PreparedRequest } from './prepare';
import type { PromptEncoder } from './prompt-encoder';
import type { EngineInfo } from './runtime';
import { readSession, writeSession, type SavedSession } from './saved-session';
import type { SessionRecords } from './session-records';
import { goneOn, NOTHING_READ, pointAt, rewound, TextRun, type SessionText } from './session-text';
import { chatTokenizer, type TextModel } from './text-model';
import { Turns } from './turns';
import { offerStream, type StreamEnd } from './wire/stream';

/** Parameters of `chat.completions.create` that sessions do not take. */
const FOREIGN = ['messages', 'model', 'n', 'stream', 'stream_options', 'logprobs', 'top_logprobs'];

/**
 * What the worker knows of a session: how far the model has read, and its states. What was said is the page's, which
 * sends it whole: so whatever is aborted, and when, a session goes on as the page says, from the states that suit.
 * A session is let go of with its proxy.
 */
export interface SessionEnd extends ProxyMarked {
  /** What had been said in a session that was restored. */
  messages(): ChatMessage[];
  /** Reads messages, those said before and new ones. Undefined where the template takes them only with what follows. */
  read(said: readonly ChatMessage[], added: unknown, signal: AbortSignal): Promise<ChatUsage | undefined>;
  /** @param params those of `chat.completions.create`, which are checked here, as the new messages are. */
  prompt(said: readonly ChatMessage[], added: unknown, params: object, signal: AbortSignal): StreamEnd<AnswerEvent>;
  /** Tokens of these messages as a prompt. */
  count(said: readonly ChatMessage[], added: unknown, signal: AbortSignal): Promise<number>;
  /** Forgets what came after the first messages. */
  rewind(messages: number): void;
  clone(): SessionEnd;
  save(messages: ChatMessage[]): Promise<Uint8Array<ArrayBuffer>>;
  /** Saves it in the browser's storage. Answers why it is not kept; undefined where it is. */
  persist(id: string, messages: ChatMessage[]): Promise<string | undefined>;
}

/** What sessions need of the engine. */
export interface SessionHost extends Pick<EngineInfo, 'config' | 'defaults'> {
  /** SHA-256 of the model's manifest. */
  hash: string;
  text: TextModel | undefined;
  prompts: PromptEncoder;
  constraints: Constraints;
  records: SessionRecords;
  /** Answers in its turn. */
  answer(prepared: PreparedRequest, signal: AbortSignal): AsyncGenerator<AnswerEvent, void, undefined>;
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
   * @throws RequestError for a wrong parameter; TokenizerError where the model cannot chat; SessionError for bytes that are no session of this model.
   */
  async open(defaults: object, from?: Uint8Array<ArrayBuffer> | string): Promise<SessionEnd> {
    chatTokenizer(this.host.text);
    const { grammar } = this.#parse([{ role: 'user', content: '' }], defaults);
    if (grammar !== undefined) this.host.constraints.script(grammar.field);
    if (from === undefined) return this.#offer(NOTHING_READ);
    const saved = typeof from === 'string' ? await this.#stored(from) : await readSession(from, this.host);
    return this.#offer(saved?.text ?? NOTHING_READ, saved?.messages);
  }

  async #stored(id: string): Promise<SavedSession | undefined> {
    const bytes = await this.host.records.get(id);
    try {
      return bytes && (await readSession(bytes, this.host, true));
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      return undefined;
    }
  }

  #offer(text: SessionText, restored: ChatMessage[] = []): SessionEnd {
    const session: Session = { text };
    this.#open.add(session);
    const { host } = this;
    const save = (messages: ChatMessage[]) => writeSession({ messages, text: session.text }, host);
    const parse = (said: readonly ChatMessage[], added: unknown, params = {}) => {
      const request = this.#parse(added, params);
      return { ...request, messages: [...said, ...request.messages] };
    };
    return proxy({
      messages: () => restored,
      read: (said, added, signal) => this.#read(session, parse(said, added).messages, host.orEnded(signal)),
      prompt: (said, added, params, signal) =>
        offerStream(this.#answer(session, parse(said, added, params), host.orEnded(signal))),
      count: async (said, added, signal) =>
        (await host.prompts.encode(parse(said, added).messages, host.orEnded(signal))).length,
      rewind: (messages) => {
        session.text = rewound(session.text, messages);
      },
      clone: () => this.#offer(session.text),
      save: async (messages) => {
        const bytes = await save(messages);
        return transfer(bytes, [bytes.buffer]);
      },
      persist: async (id, messages) => host.records.put(id, await save(messages)),
      [finalizer]: () => {
        this.#open.delete(session);
      },
    } satisfies Omit<SessionEnd, keyof ProxyMarked> & { [finalizer]: () => void });
  }

  #parse(messages: unknown, params: object): ChatRequest {
    const foreign = FOREIGN.find((name) => name in params);
    if (foreign !== undefined) throw new RequestError('is not for sessions', { field: foreign });
    return parseChatRequest({ ...params, messages }, this.host);
  }

  async *#answer(
    session: Session,
    request: ChatRequest,
    signal: AbortSignal,
  ): AsyncGenerator<AnswerEvent, void, undefined> {
    const { text, prompts, constraints } = this.host;
    const prepared = await prepareChat(request, text, prompts, constraints, signal);
    const run = this.#run(session);
    let last: AnswerEvent | undefined;
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
      const request = { prompts: [prompt], echoes: [], choices: 1, options, stop: [], tokenizer, own: run };
      for await (const event of this.host.answer(request, signal)) {
        if (event.kind !== 'end' || event.usage === undefined) continue;
        usage = { ...event.usage, completionTokens: 0, decodedTokens: 0, decodeTime: 0 };
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
