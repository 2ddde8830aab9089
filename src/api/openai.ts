import type { FinishReason, SampledToken, WeighedToken } from '../worker/chat';

export type { FinishReason, SampledToken as ChatCompletionTokenLogprob, WeighedToken as ChatCompletionTopLogprob };

/** A piece of a message's content; only text is supported. */
export interface ChatCompletionContentPartText {
  /** The one kind of part that there is. */
  type: 'text';
  /** The text itself. */
  text: string;
}

/** A message of a request: its text, whole or in parts that are joined without anything between. */
export interface ChatCompletionMessageParam {
  /** Who speaks. */
  role: 'system' | 'user' | 'assistant';
  /** What was said. */
  content: string | ChatCompletionContentPartText[];
}

/**
 * Parameters of both kinds of completions, in the shape of OpenAI's. A parameter that is not here is refused by name.
 * Null means the same as leaving a parameter out; where the pack has a `generation_config.json`, its values are the defaults.
 */
export interface CompletionCreateParamsBase {
  /** Not used: an engine has one model. */
  model?: string | null;
  /** The most tokens to generate, 1 or more; 1024 if left out in a chat, 16 in a text completion. */
  max_tokens?: number | null;
  /** 0 (the likeliest token, always) to 2; 1 if left out. */
  temperature?: number | null;
  /** Above 0, up to 1: keeps the fewest likeliest tokens whose probabilities add up to this; 1 (off) if left out. */
  top_p?: number | null;
  /** Keeps this many likeliest tokens; 0 (off) if left out. Not in OpenAI's API. */
  top_k?: number | null;
  /** 0 to 1: drops tokens less likely than this share of the likeliest one; 0 (off) if left out. Not in OpenAI's API. */
  min_p?: number | null;
  /** -2 to 2: taken from the logit of each token that the text has already; 0 (off) if left out. */
  presence_penalty?: number | null;
  /** -2 to 2: as `presence_penalty`, once for each time the token occurs. */
  frequency_penalty?: number | null;
  /** Above 0, up to 10: makes tokens that the text has already less likely; 1 (off) if left out. Not in OpenAI's API. */
  repetition_penalty?: number | null;
  /** -100 to 100 for token ids: is added to their logits; 1024 ids at most. */
  logit_bias?: Record<string, number> | null;
  /** Same seed, same device: same text. A whole number, of which the low 32 bits count; random if left out. */
  seed?: number | null;
  /** Up to 16 strings that end the answer and are not part of it. */
  stop?: string | string[] | null;
  /** How many answers to give, 1 to 128; 1 if left out. The first is the one that there would be without `n`. */
  n?: number | null;
  /** True for the answer as it comes. */
  stream?: boolean | null;
  /** Only together with `stream`. */
  stream_options?: ChatCompletionStreamOptions | null;
  /** Stops the answer: the call, or the iteration, throws the signal's reason. */
  signal?: AbortSignal;
}

/** Parameters of `chat.completions.create`. */
export interface ChatCompletionCreateParamsBase extends CompletionCreateParamsBase {
  /** The conversation so far; at least one message. */
  messages: ChatCompletionMessageParam[];
  /** The newer name of `max_tokens`. */
  max_completion_tokens?: number | null;
  /** Whether to give the log probability of each token of the answer. */
  logprobs?: boolean | null;
  /** 0 to 20: also those of so many likeliest tokens at each place. Only together with `logprobs`. */
  top_logprobs?: number | null;
  /** What the answer has to be; any text if left out. Needs an engine with a grammar engine (`sterna/grammar`). */
  response_format?: ResponseFormat | null;
}

/**
 * What a whole answer is, enforced while it is sampled. An answer that ends by itself keeps to it (`finish_reason` "stop");
 * one that `max_tokens` or a stop string cuts is the beginning of one that does.
 */
export type ResponseFormat =
  | {
      /** Any text. */
      type: 'text';
    }
  | {
      /** JSON that is an object. */
      type: 'json_object';
    }
  | {
      /** JSON that is valid by a schema. A keyword that is not enforced is refused by name. */
      type: 'json_schema';
      /** The schema, and what is said of it. */
      json_schema: {
        /** Not used. */
        name?: string;
        /** Not used. */
        description?: string | null;
        /** A JSON schema; docs/STRUCTURED.md has what may be in it. */
        schema: Record<string, unknown>;
        /** Makes no difference: a schema is always kept to. */
        strict?: boolean | null;
      };
    }
  | {
      /** Text that a regular expression matches from start to end. Not in OpenAI's API. */
      type: 'regex';
      /** In JavaScript's syntax. */
      pattern: string;
      /** JavaScript's flags. */
      flags?: string;
    };

/** What a stream is to be like. */
export interface ChatCompletionStreamOptions {
  /** Puts `usage` into a chunk of its own at the end, which has no choices, instead of into the last chunk of the answer. */
  include_usage?: boolean;
}

/** Parameters that ask for the whole answer at once. */
export interface ChatCompletionCreateParamsNonStreaming extends ChatCompletionCreateParamsBase {
  /** Left out or false: the promise is of the whole answer. */
  stream?: false | null;
}

/** Parameters that ask for the answer as it comes. */
export interface ChatCompletionCreateParamsStreaming extends ChatCompletionCreateParamsBase {
  /** True: the promise is of chunks, before the first of them. */
  stream: true;
}

/** Parameters of `chat.completions.create`. */
export type ChatCompletionCreateParams = ChatCompletionCreateParamsNonStreaming | ChatCompletionCreateParamsStreaming;

/** What an answer took. */
export interface CompletionUsage {
  /** Tokens of the prompt, those of the chat template included. */
  prompt_tokens: number;
  /** Generated tokens, the one that ended the answer included. */
  completion_tokens: number;
  /** Both together. */
  total_tokens: number;
  /** What became of the prompt's tokens. */
  prompt_tokens_details: {
    /** Tokens of the prompt that needed no work, because an earlier conversation began with them. */
    cached_tokens: number;
  };
  /** Timings, which OpenAI's API does not have. */
  extra: UsageTimings;
}

/** How long an answer took. */
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
  /** Tells it from other objects of OpenAI's API. */
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

/** What a chunk adds to an answer. */
export interface ChatCompletionChunkChoice {
  /** Which of the answers it belongs to. */
  index: number;
  /** What the answer grows by: the role in the first chunk, text in those that follow, nothing in the last. */
  delta: {
    /** In the first chunk. */
    role?: 'assistant';
    /** The next piece of text. */
    content?: string;
  };
  /** Set in the answer's last chunk with a choice. */
  finish_reason: FinishReason | null;
  /** Null unless asked for. */
  logprobs: ChatCompletionLogprobs | null;
}

/** A whole answer. */
export interface ChatCompletion {
  /** Another one for each answer. */
  id: string;
  /** Tells it from other objects of OpenAI's API. */
  object: 'chat.completion';
  /** Seconds since 1970. */
  created: number;
  /** Name of the pack. */
  model: string;
  /** The `n` answers. */
  choices: ChatCompletionChoice[];
  /** What they took, all together. */
  usage: CompletionUsage;
}

/** One answer. */
export interface ChatCompletionChoice {
  /** Its place in `choices`. */
  index: number;
  /** What was answered. */
  message: ChatCompletionMessage;
  /** Why it ended. */
  finish_reason: FinishReason;
  /** Null unless asked for. */
  logprobs: ChatCompletionLogprobs | null;
}

/** The answer's message. It can be sent back as a message of the next request as it is. */
export interface ChatCompletionMessage {
  /** The model's own words. */
  role: 'assistant';
  /** The text of the answer. */
  content: string;
  /** Always null: there is no filter that could refuse. */
  refusal: null;
}

/** Log probabilities of an answer's tokens, or of those that a chunk brings. */
export interface ChatCompletionLogprobs {
  /** Of the tokens whose text is in the answer. */
  content: SampledToken[];
  /** Always null: there are no refusals. */
  refusal: null;
}
