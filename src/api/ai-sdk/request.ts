import type { LanguageModelV3CallOptions, SharedV3Warning } from '@ai-sdk/provider';
import type { ChatCompletionCreateParamsNonStreaming } from '../openai';
import { chatMessages } from './prompt';

/** A call of the AI SDK in the words of `chat.completions.create`, and what of it cannot be done. */
export function chatRequest(options: LanguageModelV3CallOptions): {
  params: ChatCompletionCreateParamsNonStreaming;
  warnings: SharedV3Warning[];
} {
  const params: ChatCompletionCreateParamsNonStreaming = {
    // The engine refuses by name what it does not know among these.
    ...options.providerOptions?.sterna,
    messages: chatMessages(options.prompt),
    stream: false,
    stream_options: null,
    max_tokens: options.maxOutputTokens ?? null,
    temperature: options.temperature ?? null,
    top_p: options.topP ?? null,
    top_k: options.topK ?? null,
    presence_penalty: options.presencePenalty ?? null,
    frequency_penalty: options.frequencyPenalty ?? null,
    stop: options.stopSequences ?? null,
    seed: options.seed ?? null,
    ...(options.abortSignal === undefined ? {} : { signal: options.abortSignal }),
  };
  return { params, warnings: warningsFor(options) };
}

function warningsFor({ tools = [], responseFormat }: LanguageModelV3CallOptions): SharedV3Warning[] {
  const warnings: SharedV3Warning[] = [];
  if (tools.length > 0) {
    warnings.push({
      type: 'unsupported',
      feature: 'tools',
      details: 'the model is not told of tools, and calls none',
    });
  }
  if (responseFormat?.type === 'json') {
    warnings.push({
      type: 'unsupported',
      feature: 'responseFormat',
      details: 'the answer is free text, and need not be JSON',
    });
  }
  return warnings;
}
