import type { CompletionCreateParamsBase, CompletionUsage, FinishReason } from './openai';

/** Parameters of `completions.create`, but for `stream`. */
export interface CompletionParamsBase extends CompletionCreateParamsBase {
  /**
   * What to go on from: a text, the ids of its tokens, or several of one kind or the other. Nothing in a text becomes a
   * control token; ids may be of any kind.
   */
  prompt: string | string[] | number[] | number[][];
  /** Puts the prompt before each answer. Not together with `logprobs`. */
  echo?: boolean | null;
  /** 0 to 5: gives the log probability of each token of the answer, and those of so many likeliest ones at each place. */
  logprobs?: number | null;
}

/** Parameters that ask for all at once. */
export interface CompletionCreateParamsNonStreaming extends CompletionParamsBase {
  stream?: false | null;
}

/** Parameters that ask for the text as it comes. */
export interface CompletionCreateParamsStreaming extends CompletionParamsBase {
  stream: true;
}

/** Parameters of `completions.create`. */
export type CompletionCreateParams = CompletionCreateParamsNonStreaming | CompletionCreateParamsStreaming;

/** What goes on from the prompts. */
export interface Completion {
  /** Another one for each request. */
  id: string;
  /** Tells it from other objects of OpenAI's API. */
  object: 'text_completion';
  /** Seconds since 1970. */
  created: number;
  /** Name of the pack. */
  model: string;
  /** The choices of each prompt, in the order of prompts. */
  choices: CompletionChoice[];
  /** What all choices together took. */
  usage: CompletionUsage;
}

/** One answer to a prompt. */
export interface CompletionChoice {
  /** Its place in `choices`. */
  index: number;
  /** What goes on from the prompt. */
  text: string;
  /** Why it ended. */
  finish_reason: FinishReason;
  /** Null unless asked for. */
  logprobs: CompletionLogprobs | null;
}

/** A part of what goes on from the prompts. */
export interface CompletionChunk {
  /** The same in all chunks of a request. */
  id: string;
  /** Tells it from other objects of OpenAI's API. */
  object: 'text_completion';
  /** Seconds since 1970, the same in all chunks of a request. */
  created: number;
  /** Name of the pack. */
  model: string;
  /** One choice; none in the chunk that `stream_options.include_usage` asks for. */
  choices: CompletionChunkChoice[];
  /** Null in all chunks but the last. */
  usage?: CompletionUsage | null;
}

/** What a chunk adds to a choice. */
export interface CompletionChunkChoice {
  /** Which of the choices it belongs to. */
  index: number;
  /** The next piece of text. */
  text: string;
  /** Set in a choice's last chunk. */
  finish_reason: FinishReason | null;
  /** Null unless asked for. */
  logprobs: CompletionLogprobs | null;
}

/** Log probabilities of tokens, in lists of equal length. */
export interface CompletionLogprobs {
  /** Their texts. */
  tokens: string[];
  /** The natural logarithms of their probabilities, before bias, penalties, temperature and cuts. */
  token_logprobs: number[];
  /** The likeliest tokens and the chosen one, by their text. */
  top_logprobs: Record<string, number>[];
  /** Where in the text each token begins, in UTF-16 code units. */
  text_offset: number[];
}
