/** The parts of the Prompt API that Sterna has, as web pages see them; what is left out of these types is refused by name. */

/** Whether there is a model, and what `create` would have to do first. */
export type Availability = 'unavailable' | 'downloadable' | 'downloading' | 'available';

/** From the likeliest token, always, over the pack's own temperature to one and a half times that. */
export type SamplingMode = 'most-predictable' | 'predictable' | 'balanced' | 'creative' | 'most-creative';

/** A part of what is said. */
export interface PromptContent {
  /** The one kind of part that there is. */
  type: 'text';
  /** The text itself. */
  value: string;
}

/** What the user or the model says. */
export interface PromptMessage {
  /** Who says it. */
  role: 'user' | 'assistant';
  /** What is said, whole or in parts that are joined without anything between. */
  content: string | PromptContent[];
}

/** Can only be the first of all messages. */
export interface SystemMessage {
  /** Says that these are instructions to the model. */
  role: 'system';
  /** The instructions. */
  content: string | PromptContent[];
}

/** A string stands for one message of the user. */
export type Prompt = string | PromptMessage[];

/** What a page means to say to the model, or to hear from it. */
export interface ExpectedContent {
  /** The one kind of content that there is. */
  type: 'text';
  /** BCP 47 tags. They have to be valid; which languages a model knows is not known. */
  languages?: string[];
}

/** A mode, or numbers: `topK` of 1 or more, `temperature` of 0 or more, of which more than 2 counts as 2. */
export type SamplingOptions = SamplingByMode | SamplingByNumbers;

/** Sampling by a word. */
export interface SamplingByMode {
  /** `balanced`, which is as the pack recommends, if left out. */
  samplingMode?: SamplingMode;
  /** Not together with a mode. */
  topK?: never;
  /** Not together with a mode. */
  temperature?: never;
}

/** Sampling by numbers. */
export interface SamplingByNumbers {
  /** Not together with numbers. */
  samplingMode?: never;
  /** Tokens to choose among, 1 or more; those that the pack recommends if left out. */
  topK?: number;
  /** 0 (the likeliest token, always) or more; what the pack recommends if left out. */
  temperature?: number;
}

/** What `availability` is asked about. */
export type AvailabilityOptions = SamplingOptions & Expectations;

/** What is going to be said. */
export interface Expectations {
  /** By the page. */
  expectedInputs?: ExpectedContent[];
  /** By the model. */
  expectedOutputs?: ExpectedContent[];
}

/** Tells how far the download is. */
export interface DownloadMonitor extends EventTarget {
  /** `loaded` goes from 0 to 1, in steps of 1/65536. */
  ondownloadprogress: ((event: ProgressEvent) => unknown) | null;
}

/** What `create` is asked for. */
export type CreateOptions = AvailabilityOptions & Beginning;

/** How a session begins. */
export interface Beginning {
  /** Stops `create`; afterwards it destroys what was created. */
  signal?: AbortSignal;
  /** Is called with what tells how far the download is. */
  monitor?: (monitor: DownloadMonitor) => void;
  /** What was said before; it is read before `create` resolves. */
  initialPrompts?: [SystemMessage, ...PromptMessage[]] | PromptMessage[];
}

/** What all calls that wait take. */
export interface CallOptions {
  /** Stops the call, which then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** What there is to know about sampling before a session is created. */
export interface ModelParams {
  /** What the pack recommends; 0, which is all tokens, where it says nothing. */
  readonly defaultTopK: number;
  /** More than this counts as this. */
  readonly maxTopK: number;
  /** What the pack recommends. */
  readonly defaultTemperature: number;
  /** More than this counts as this. */
  readonly maxTemperature: number;
}

/** A session of the Prompt API. */
export interface LanguageModelSession extends EventTarget {
  /** Answers, and keeps both in the session. One that fails or is aborted leaves the session as it was. */
  prompt(input: Prompt, options?: CallOptions): Promise<string>;
  /** As `prompt`, the text as it comes. Throws at once where it is aborted already, or the input is wrong. */
  promptStreaming(input: Prompt, options?: CallOptions): ReadableStream<string>;
  /** Adds messages without an answer, and reads them now. */
  append(input: Prompt, options?: CallOptions): Promise<undefined>;
  /** Tokens that `contextUsage` would grow by before the answer. */
  measureContextUsage(input: Prompt, options?: CallOptions): Promise<number>;
  /** Another session that goes on from here, on its own. */
  clone(options?: CallOptions): Promise<LanguageModelSession>;
  /** Stops what it is doing; later calls reject. */
  destroy(): undefined;
  /** Tokens of all that was said. */
  readonly contextUsage: number;
  /** Infinity: the state of a conversation has a fixed size, whatever its length. */
  readonly contextWindow: number;
  /** Is never called. */
  oncontextoverflow: ((event: Event) => unknown) | null;
  /** Tokens that are chosen among. */
  readonly topK: number;
  /** 0 to 2. */
  readonly temperature: number;
  /** Older name of `measureContextUsage`. */
  measureInputUsage(input: Prompt, options?: CallOptions): Promise<number>;
  /** Older name of `contextUsage`. */
  readonly inputUsage: number;
  /** Older name of `contextWindow`. */
  readonly inputQuota: number;
  /** Older name of `oncontextoverflow`. */
  onquotaoverflow: ((event: Event) => unknown) | null;
}

/** What `LanguageModel` is: it cannot be constructed, only `create`d. */
export type LanguageModelClass = (abstract new () => LanguageModelSession) & LanguageModelStatics;

/** What `LanguageModel` itself can do. */
export interface LanguageModelStatics {
  /** What all sessions inherit from. */
  readonly prototype: LanguageModelSession;
  /** Begins a session, and loads the model where that is not there. */
  create(options?: CreateOptions): Promise<LanguageModelSession>;
  /** Says what `create` would have to do; loads nothing. */
  availability(options?: AvailabilityOptions): Promise<Availability>;
  /** What the model recommends for sampling, and its limits. */
  params(): Promise<ModelParams>;
}
