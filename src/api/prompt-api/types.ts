/** Whether there is a model, or could be one after a download. */
export type Availability = 'unavailable' | 'downloadable' | 'downloading' | 'available';

/** From the likeliest token, always, over the pack's own temperature to one and a half times that. */
export type SamplingMode = 'most-predictable' | 'predictable' | 'balanced' | 'creative' | 'most-creative';

/** A part of a message's content; only text is supported. */
export interface PromptContent {
  /** What it is. */
  type: 'text';
  /** The text. */
  value: string;
}

/** Something that was or is said. */
export interface PromptMessage {
  /** Who speaks. */
  role: 'user' | 'assistant';
  /** The text, whole or in parts that are joined without anything between. */
  content: string | PromptContent[];
}

/** Can only be the first of all messages. */
export interface SystemMessage {
  /** Who speaks. */
  role: 'system';
  /** The text, whole or in parts that are joined without anything between. */
  content: string | PromptContent[];
}

/** A string stands for one message of the user. */
export type Prompt = string | PromptMessage[];

/** A kind of content that a page means to use. */
export interface ExpectedContent {
  /** Only text is supported. */
  type: 'text';
  /** BCP 47 tags. They have to be valid; which languages a model knows is not known. */
  languages?: string[];
}

/** Sampling by a mode. */
export interface SamplingByMode {
  /** The pack's own sampling if left out. */
  samplingMode?: SamplingMode;
  /** Not beside a mode. */
  topK?: never;
  /** Not beside a mode. */
  temperature?: never;
}

/** Sampling by numbers. */
export interface SamplingByNumbers {
  /** Not beside numbers. */
  samplingMode?: never;
  /** How many of the likeliest tokens are kept; 1 or more. */
  topK?: number;
  /** 0 or more; above 2 counts as 2. */
  temperature?: number;
}

/** How answers are sampled. */
export type SamplingOptions = SamplingByMode | SamplingByNumbers;

/** What a page means to use. */
export interface ExpectedContents {
  /** In messages. */
  expectedInputs?: ExpectedContent[];
  /** In answers. */
  expectedOutputs?: ExpectedContent[];
}

/** Options of `LanguageModel.availability`. */
export type AvailabilityOptions = SamplingOptions & ExpectedContents;

/** Tells how far the download is. */
export interface DownloadMonitor extends EventTarget {
  /** `loaded` goes from 0 to 1, in steps of 1/65536. */
  ondownloadprogress: ((event: ProgressEvent) => unknown) | null;
}

/** How a session begins. */
export interface Beginning {
  /** Stops `create`; afterwards it destroys what was created. */
  signal?: AbortSignal;
  /** Is called before the download begins. */
  monitor?: (monitor: DownloadMonitor) => void;
  /** What was said before; it is read before `create` resolves. */
  initialPrompts?: [SystemMessage, ...PromptMessage[]] | PromptMessage[];
}

/** Options of `LanguageModel.create`. */
export type CreateOptions = AvailabilityOptions & Beginning;

/** What all calls to a session take. */
export interface CallOptions {
  /** Stops the call, which then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** What calls about a prompt take. */
export interface PromptOptions extends CallOptions {
  /** What the whole answer matches, or the JSON schema that it is valid by. Needs a `grammar` beside the model. */
  responseConstraint?: RegExp | Record<string, unknown>;
  /** Only beside a constraint, and without effect: a constraint is never a part of the prompt. */
  omitResponseConstraintInput?: boolean;
}

/** The range of what can be set. */
export interface ModelParams {
  /** The pack's; 0 where it keeps all tokens. */
  readonly defaultTopK: number;
  /** The highest `topK` that makes a difference. */
  readonly maxTopK: number;
  /** The pack's. */
  readonly defaultTemperature: number;
  /** Higher ones count as this. */
  readonly maxTemperature: number;
}

/** A session of the Prompt API. Calls are done one after the other, in their order. */
export interface LanguageModelSession extends EventTarget {
  /** Answers an input. @throws a DOMException; docs/PROMPT-API.md has their names */
  prompt(input: Prompt, options?: PromptOptions): Promise<string>;
  /** As `prompt`, the text as it comes. Throws at once where it is aborted already, or the input is wrong. */
  promptStreaming(input: Prompt, options?: PromptOptions): ReadableStream<string>;
  /** Adds messages without an answer, and reads them now. */
  append(input: Prompt, options?: CallOptions): Promise<undefined>;
  /** Tokens that `contextUsage` would grow by before the answer. */
  measureContextUsage(input: Prompt, options?: PromptOptions): Promise<number>;
  /** Another session that goes on from here, on its own. */
  clone(options?: CallOptions): Promise<LanguageModelSession>;
  /** Stops what it is doing and lets go of its states. */
  destroy(): undefined;
  /** Tokens of all that was said. */
  readonly contextUsage: number;
  /** Infinity: the state of a conversation has a fixed size, whatever its length. */
  readonly contextWindow: number;
  /** Is never called. */
  oncontextoverflow: ((event: Event) => unknown) | null;
  /** Of its answers. */
  readonly topK: number;
  /** Of its answers. */
  readonly temperature: number;
  /** Older name of `measureContextUsage`. */
  measureInputUsage(input: Prompt, options?: PromptOptions): Promise<number>;
  /** Older name of `contextUsage`. */
  readonly inputUsage: number;
  /** Older name of `contextWindow`. */
  readonly inputQuota: number;
  /** Older name of `oncontextoverflow`. */
  onquotaoverflow: ((event: Event) => unknown) | null;
}

/** What can be asked of a LanguageModel before there is a session. */
export interface LanguageModelStatics {
  /** Of all sessions. */
  readonly prototype: LanguageModelSession;
  /** Begins a session, and loads the model for the first one. @throws a DOMException; docs/PROMPT-API.md has their names */
  create(options?: CreateOptions): Promise<LanguageModelSession>;
  /** Whether there is a model for such sessions. */
  availability(options?: AvailabilityOptions): Promise<Availability>;
  /** The range of what can be set. Loads the model where it is not there yet. */
  params(): Promise<ModelParams>;
}

/** What `LanguageModel` is: it cannot be constructed, only `create`d. */
export type LanguageModelClass = (abstract new () => LanguageModelSession) & LanguageModelStatics;
