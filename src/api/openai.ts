/** A piece of a message's content; only text is supported. */
export interface ChatCompletionContentPartText {
  type: 'text';
  text: string;
}

/** A message of a request: its text, whole or in parts that are joined without anything between. */
export interface ChatCompletionMessageParam {
  role: 'system' | 'user' | 'assistant';
  content: string | ChatCompletionContentPartText[];
}

/**
 * Parameters of `chat.completions.create`, in the shape of OpenAI's. A parameter that is not here is refused by name.
 * Null means the same as leaving a parameter out; where the pack has a `generation_config.json`, its values are the defaults.
 */
export interface ChatCompletionCreateParamsBase {
  /** The conversation so far; at least one message. */
  messages: ChatCompletionMessageParam[];
  /** Not used: an engine has one model. */
  model?: string | null;
  /** The most tokens to generate, 1 or more; 1024 if left out. */
  max_tokens?: number | null;
  /** The newer name of `max_tokens`. */
  max_completion_tokens?: number | null;
  /** 0 (the likeliest token, always) to 2; 1 if left out. */
  temperature?: number | null;
  /** Above 0, up to 1: keeps the fewest likeliest tokens whose probabilities add up to this; 1 (off) if left out. */
  top_p?: number | null;
  /** Keeps this many likeliest tokens; 0 (off) if left out. Not in OpenAI's API. */
  top_k?: number | null;
  /** 0 to 1: drops tokens less likely than this share of the likeliest one; 0 (off) if left out. Not in OpenAI's API. */
  min_p?: number | null;
  /** -2 to 2: taken from the logit of each token that the conversation has already; 0 (off) if left out. */
  presence_penalty?: number | null;
  /** -2 to 2: as `presence_penalty`, once for each time the token occurs. */
  frequency_penalty?: number | null;
  /** Above 0, up to 10: makes tokens that the conversation has already less likely; 1 (off) if left out. Not in OpenAI's API. */
  repetition_penalty?: number | null;
  /** Same seed, same device: same text. A whole number, of which the low 32 bits count; random if left out. */
  seed?: number | null;
  /** Up to 16 strings that end the answer and are not part of it. */
  stop?: string | string[] | null;
  /** What the answer has to be. Needs an engine that was created with a grammar engine (`sterna/grammar`); any text if left out. */
  response_format?: ResponseFormat | null;
  /** How many answers to give: 1. */
  n?: 1 | null;
  stream?: boolean | null;
  /** Only together with `stream`. */
  stream_options?: ChatCompletionStreamOptions | null;
  /** Stops the answer: the call, or the iteration, throws the signal's reason. */
  signal?: AbortSignal;
}

/**
 * What a whole answer is, enforced while it is sampled. An answer that ends by itself keeps to it (`finish_reason` "stop");
 * one that `max_tokens` or a stop string cuts is the beginning of one that does.
 */
export type ResponseFormat =
  | { type: 'text' }
  /** JSON that is an object. */
  | { type: 'json_object' }
  /** JSON that is valid by a schema. A keyword that is not enforced is refused by name. */
  | {
      type: 'json_schema';
      json_schema: {
        name?: string;
        description?: string | null;
        schema: Record<string, unknown>;
        /** Makes no difference: a schema is always kept to. */
        strict?: boolean | null;
      };
    }
  /** Text that a regular expression of JavaScript matches from start to end. Not in OpenAI's API. */
  | { type: 'regex'; pattern: string; flags?: string };

export interface ChatCompletionStreamOptions {
  /** Puts `usage` into a chunk of its own at the end, which has no choices, instead of into the last chunk of the answer. */
  include_usage?: boolean;
}

/** Parameters that ask for the whole answer at once. */
export interface ChatCompletionCreateParamsNonStreaming extends ChatCompletionCreateParamsBase {
  stream?: false | null;
}

/** Parameters that ask for the answer as it comes. */
export interface ChatCompletionCreateParamsStreaming extends ChatCompletionCreateParamsBase {
  stream: true;
}

export type ChatCompletionCreateParams = ChatCompletionCreateParamsNonStreaming | ChatCompletionCreateParamsStreaming;

/** Why an answer ended: by itself or at a stop string ("stop"), or at `max_tokens` ("length"). */
export type FinishReason = 'stop' | 'length';

/** What an answer took. */
export interface CompletionUsage {
  prompt_tokens: number;
  /** Generated tokens, the one that ended the answer included. */
  completion_tokens: number;
  /** Both together. */
  total_tokens: number;
  prompt_tokens_details: {
    /** Tokens of the prompt that needed no work, because an earlier conversation began with them. */
    cached_tokens: number;
  };
  /** Timings, which OpenAI's API does not have. */
  extra: UsageTimings;
}

export interface UsageTimings {
  /** Milliseconds from the start of the work (not of the wait for earlier requests) to the first generated token. */
  time_to_first_token_ms: number;
  /** Prompt tokens that needed work, per second; 0 if there were none. */
  prefill_tokens_per_second: number;
  /** Generated tokens after the first, per second; 0 if there were none. */
  decode_tokens_per_second: number;
}

/** One piece of a streamed answer. */
export interface ChatCompletionChunk {
  /** The same in all chunks of an answer. */
  id: string;
  object: 'chat.completion.chunk';
  /** Seconds since 1970, the same in all chunks of an answer. */
  created: number;
  /** Name of the pack. */
  model: string;
  /** One choice; none in the chunk that `stream_options.include_usage` asks for. */
  choices: ChatCompletionChunkChoice[];
  /** Null in all chunks but the last. */
  usage?: CompletionUsage | null;
}

export interface ChatCompletionChunkChoice {
  index: number;
  /** What the answer grows by: the role in the first chunk, text in those that follow, nothing in the last. */
  delta: { role?: 'assistant'; content?: string };
  /** Set in the answer's last chunk with a choice. */
  finish_reason: FinishReason | null;
  /** Not supported yet. */
  logprobs: null;
}

/** A whole answer. */
export interface ChatCompletion {
  id: string;
  object: 'chat.completion';
  /** Seconds since 1970. */
  created: number;
  /** Name of the pack. */
  model: string;
  choices: ChatCompletionChoice[];
  usage: CompletionUsage;
}

export interface ChatCompletionChoice {
  index: number;
  message: ChatCompletionMessage;
  finish_reason: FinishReason;
  /** Not supported yet. */
  logprobs: null;
}

/** The answer's message. It can be sent back as a message of the next request as it is. */
export interface ChatCompletionMessage {
  role: 'assistant';
  content: string;
  /** Always null: there is no filter that could refuse. */
  refusal: null;
}
