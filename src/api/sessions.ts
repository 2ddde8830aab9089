import { transfer } from 'comlink';
import { RequestError, SessionError } from '../errors';
import type { StoredSession } from '../worker/session-records';
import { CallSignal } from '../worker/wire/signal';
import type { ChatCompletionMessageParam } from './openai';
import { checkSignal } from './check-signal';
import { Session, type SessionCallOptions } from './session';
import { plainCopy } from './plain-copy';
import type { SessionParams } from './session-request';
import type { WorkerLink } from './worker-link';

const LONGEST_ID = 200;
/** Far more than the states of any model that a browser runs. */
const LARGEST_SAVE = 2 ** 28;

/** Parameters are those of `chat.completions.create`, for all prompts that do not say otherwise. */
export interface SessionRestoreOptions extends SessionParams, SessionCallOptions {
  /** Keeps the session in the browser's storage under this id, from the next thing that is said on. */
  persist?: string;
}

/** Parameters are those of `chat.completions.create`, for all prompts that do not say otherwise. */
export interface SessionCreateOptions extends SessionRestoreOptions {
  /** The system prompt: a first message, which is read once for all sessions that begin with it. */
  system?: string;
  /** What was said before. */
  messages?: ChatCompletionMessageParam[];
}

/** `engine.sessions`: conversations that the engine keeps the state of. */
export class Sessions {
  readonly #link: WorkerLink;

  /** @internal */
  constructor(link: WorkerLink) {
    this.#link = link;
  }

  /**
   * Begins a session and reads what is said so far; with `persist`, goes on with the stored one of that id where there is one,
   * whatever `system` and `messages` say.
   * @throws RequestError naming the option that is wrong; TokenizerError where the model cannot chat; DeviceLostError;
   * WorkerError; DisposedError; the signal's reason when aborted.
   */
  async create({ system, messages = [], ...options }: SessionCreateOptions = {}): Promise<Session> {
    if (system !== undefined && typeof system !== 'string') {
      throw new RequestError('must be a string', { field: 'system' });
    }
    const first = system === undefined ? [] : [{ role: 'system' as const, content: system }];
    if (!Array.isArray(messages)) throw new RequestError('must be a list of messages', { field: 'messages' });
    const begun = [...first, ...messages];
    const session = await this.#open(options, options.persist);
    if (session.messages.length > 0 || begun.length === 0) return session;
    try {
      await session.append(begun, options);
      return session;
    } catch (error) {
      session.destroy();
      throw error;
    }
  }

  /**
   * Goes on with a session that was saved with the same model.
   * @throws SessionError for what is no such session: damaged, of another version, or of another model; what `create` throws.
   */
  async restore(saved: Blob, options: SessionRestoreOptions = {}): Promise<Session> {
    if (!(saved instanceof Blob)) throw new RequestError('must be a Blob', { field: 'saved' });
    if (saved.size > LARGEST_SAVE) throw new SessionError('is too large for one', { field: 'format' });
    const bytes = new Uint8Array(await saved.arrayBuffer());
    return this.#open(options, transfer(bytes, [bytes.buffer]));
  }

  /** This pack's sessions in the browser's storage, the least recently used one first. @throws StoreError */
  async list(): Promise<StoredSession[]> {
    this.#link.check();
    return this.#link.answer(this.#link.runtime.listSessions());
  }

  /** Whether there is one of this id. @throws StoreError */
  async has(id: string): Promise<boolean> {
    this.#link.check();
    return this.#link.answer(this.#link.runtime.hasSession(checkedId(id, 'id')));
  }

  /** Deletes it from storage; one that is open is stored again when something is said. @throws StoreError */
  async delete(id: string): Promise<void> {
    this.#link.check();
    return this.#link.answer(this.#link.runtime.deleteSession(checkedId(id, 'id')));
  }

  async #open(
    { persist, signal, ...params }: SessionRestoreOptions,
    from: Uint8Array<ArrayBuffer> | string | undefined,
  ): Promise<Session> {
    const link = this.#link;
    link.check();
    checkSignal(signal);
    const id = persist === undefined ? undefined : checkedId(persist, 'persist');
    const defaults = plainCopy(params);
    const call = new CallSignal(signal);
    try {
      const end = await link.answer(link.runtime.openSession(defaults, from), call.signal);
      const messages = await link.answer(end.messages(), call.signal);
      return new Session({ link, defaults, id }, end, messages, typeof from === 'string' && messages.length > 0);
    } catch (error) {
      throw call.reasonFor(error);
    } finally {
      call.end();
    }
  }
}

function checkedId(id: unknown, field: string): string {
  if (typeof id === 'string' && id !== '' && id.length <= LONGEST_ID) return id;
  throw new RequestError(`must be a string of 1 to ${LONGEST_ID} characters`, { field });
}
