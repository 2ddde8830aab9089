/** The parts of the Prompt API that Sterna has, as web pages see them; what is left out of these types is refused by name. */

export type Availability = 'unavailable' | 'downloadable' | 'downloading' | 'available';

/** From the likeliest token, always, over the pack's own temperature to one and a half times that. */
export type SamplingMode = 'most-predictable' | 'predictable' | 'balanced' | 'creative' | 'most-creative';

export interface PromptContent {
  type: 'text';
  value: string;
}

export interface PromptMessage {
  role: 'user' | 'assistant';
  content: string | PromptContent[];
}

/** Can only be the first of all messages. */
export interface SystemMessage {
  role: 'system';
  content: string | PromptContent[];
}

/** A string stands for one message of the user. */
export type Prompt = string | PromptMessage[];

export interface ExpectedContent {
  type: 'text';
  /** BCP 47 tags. They have to be valid; which languages a model knows is not known. */
  languages?: string[];
}

/** A mode, or numbers: `topK` of 1 or more, `temperature` of 0 or more, of which more than 2 counts as 2. */
export type SamplingOptions =
  | { samplingMode?: SamplingMode; topK?: never; temperature?: never }
  | { samplingMode?: never; topK?: number; temperature?: number };

export type AvailabilityOptions = SamplingOptions & {
  expectedInputs?: ExpectedContent[];
  expectedOutputs?: ExpectedContent[];
};

/** Tells how far the download is. */
export interface DownloadMonitor extends EventTarget {
  /** `loaded` goes from 0 to 1, in steps of 1/65536. */
  ondownloadprogress: ((event: ProgressEvent) => unknown) | null;
}

export type CreateOptions = AvailabilityOptions & {
  /** Stops `create`; afterwards it destroys what was created. */
  signal?: AbortSignal;
  monitor?: (monitor: DownloadMonitor) => void;
  initialPrompts?: [SystemMessage, ...PromptMessage[]] | PromptMessage[];
};

export interface CallOptions {
  signal?: AbortSignal;
}

export interface ModelParams {
  readonly defaultTopK: number;
  readonly maxTopK: number;
  readonly defaultTemperature: number;
  readonly maxTemperature: number;
}

/** A session of the Prompt API. */
export interface LanguageModelSession extends EventTarget {
  prompt(input: Prompt, options?: CallOptions): Promise<string>;
  /** Throws at once where it is aborted already, or the input is wrong. */
  promptStreaming(input: Prompt, options?: CallOptions): ReadableStream<string>;
  append(input: Prompt, options?: CallOptions): Promise<undefined>;
  /** Tokens that `contextUsage` would grow by before the answer. */
  measureContextUsage(input: Prompt, options?: CallOptions): Promise<number>;
  clone(options?: CallOptions): Promise<LanguageModelSession>;
  destroy(): undefined;
  /** Tokens of all that was said. */
  readonly contextUsage: number;
  /** Infinity: the state of a conversation has a fixed size, whatever its length. */
  readonly contextWindow: number;
  /** Is never called. */
  oncontextoverflow: ((event: Event) => unknown) | null;
  readonly topK: number;
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
export type LanguageModelClass = (abstract new () => LanguageModelSession) & {
  readonly prototype: LanguageModelSession;
  create(options?: CreateOptions): Promise<LanguageModelSession>;
  availability(options?: AvailabilityOptions): Promise<Availability>;
  params(): Promise<ModelParams>;
};
