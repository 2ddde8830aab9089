import type OpenAI from 'openai';
import type * as sterna from '../../../src/api';

/** Fails to compile where it is not. */
type Assignable<Given extends Expected, Expected> = Given;

/** Parameters of OpenAI's that Sterna takes as they are. */
type Common =
  | 'frequency_penalty'
  | 'logit_bias'
  | 'logprobs'
  | 'max_tokens'
  | 'model'
  | 'n'
  | 'presence_penalty'
  | 'seed'
  | 'stop'
  | 'temperature'
  | 'top_p';
type Chat = Common | 'max_completion_tokens' | 'top_logprobs';
type Text = Common | 'echo';
/** Sterna's own. */
type Own = 'top_k' | 'min_p' | 'repetition_penalty' | 'signal' | 'model' | 'response_format';

type TextMessage<Message> = Omit<Message, 'content' | 'tool_calls' | 'function_call' | 'audio'> & {
  content: string | OpenAI.ChatCompletionContentPartText[];
};

/** OpenAI's types do not know of the null that its API sends in all chunks but the last. */
type Ended<Chunk extends { choices: { finish_reason: unknown }[] }> = Omit<Chunk, 'choices' | 'usage'> & {
  choices: (Omit<Chunk['choices'][number], 'finish_reason'> & { finish_reason: sterna.FinishReason })[];
  usage: sterna.CompletionUsage;
};

type ParamsOf<Method extends (params: never) => unknown> = Parameters<Method>[0];

/** The compiler's answer to whether Sterna has the shape of the `openai` package (`npm run check`). */
export type Checks = [
  // What we give is what OpenAI gives.
  Assignable<sterna.ChatCompletion, OpenAI.ChatCompletion>,
  Assignable<sterna.ChatCompletionChunk, OpenAI.ChatCompletionChunk>,
  Assignable<sterna.Completion, OpenAI.Completion>,
  Assignable<Ended<sterna.CompletionChunk>, OpenAI.Completion>,
  Assignable<sterna.ChatCompletionMessage, OpenAI.ChatCompletionMessage>,
  Assignable<sterna.ChatCompletionTokenLogprob, OpenAI.ChatCompletionTokenLogprob>,
  Assignable<sterna.CompletionUsage, OpenAI.CompletionUsage>,

  // What OpenAI takes we take, as far as we claim to.
  Assignable<
    Pick<OpenAI.ChatCompletionCreateParams, Chat> & { messages: sterna.ChatCompletionMessageParam[] },
    sterna.ChatCompletionCreateParamsNonStreaming
  >,
  Assignable<
    Pick<OpenAI.ChatCompletionCreateParamsStreaming, Chat | 'stream'> & {
      messages: sterna.ChatCompletionMessageParam[];
      stream_options?: Pick<OpenAI.ChatCompletionStreamOptions, 'include_usage'> | null;
    },
    sterna.ChatCompletionCreateParamsStreaming
  >,
  Assignable<
    Pick<OpenAI.CompletionCreateParams, Text> & { prompt: NonNullable<OpenAI.CompletionCreateParams['prompt']> },
    sterna.CompletionCreateParamsNonStreaming
  >,
  Assignable<
    Pick<OpenAI.CompletionCreateParamsStreaming, Text | 'stream'> & {
      prompt: NonNullable<OpenAI.CompletionCreateParams['prompt']>;
    },
    sterna.CompletionCreateParamsStreaming
  >,
  Assignable<TextMessage<OpenAI.ChatCompletionSystemMessageParam>, sterna.ChatCompletionMessageParam>,
  Assignable<TextMessage<OpenAI.ChatCompletionUserMessageParam>, sterna.ChatCompletionMessageParam>,
  Assignable<TextMessage<OpenAI.ChatCompletionAssistantMessageParam>, sterna.ChatCompletionMessageParam>,

  // What we take OpenAI takes, but for what is our own.
  Assignable<sterna.ChatCompletionMessageParam, OpenAI.ChatCompletionMessageParam>,
  Assignable<
    Omit<sterna.ChatCompletionCreateParamsNonStreaming, Own> & { model: string },
    OpenAI.ChatCompletionCreateParamsNonStreaming
  >,
  Assignable<
    Omit<sterna.ChatCompletionCreateParamsStreaming, Own> & { model: string },
    OpenAI.ChatCompletionCreateParamsStreaming
  >,
  Assignable<
    Omit<sterna.CompletionCreateParamsNonStreaming, Own> & { model: string },
    OpenAI.CompletionCreateParamsNonStreaming
  >,
  Assignable<
    Omit<sterna.CompletionCreateParamsStreaming, Own> & { model: string },
    OpenAI.CompletionCreateParamsStreaming
  >,

  // What we claim to take we have a name for.
  Assignable<Chat, keyof sterna.ChatCompletionCreateParams>,
  Assignable<Text, keyof sterna.CompletionCreateParams>,

  // No name of ours is left out above: it is OpenAI's, or we say that it is our own.
  Assignable<Exclude<keyof ParamsOf<sterna.ChatCompletions['create']>, Own>, keyof OpenAI.ChatCompletionCreateParams>,
  Assignable<Exclude<keyof ParamsOf<sterna.Completions['create']>, Own>, keyof OpenAI.CompletionCreateParams>,
];
