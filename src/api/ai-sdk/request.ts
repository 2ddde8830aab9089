import type { LanguageModelV3CallOptions, SharedV3Warning } from '@ai-sdk/provider';
import type { ChatCompletionCreateParamsNonStreaming, ResponseFormat } from '../openai';
import { chatMessages } from './prompt';

type JsonFormat = Extract<LanguageModelV3CallOptions['responseFormat'], { type: 'json' }>;

/**
 * A call of the AI SDK in the words of `chat.completions.create`, and what of it cannot be done.
 * @param hasGrammar whether the engine can hold an answer to a form
 */
export function chatRequest(
  options: LanguageModelV3CallOptions,
  hasGrammar: boolean,
): {
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
    ...(hasGrammar && options.responseFormat?.type === 'json'
      ? { response_format: jsonFormat(options.responseFormat) }
      : {}),
    ...(options.abortSignal === undefined ? {} : { signal: options.abortSignal }),
  };
  return { params, warnings: warningsFor(options, hasGrammar) };
}

function jsonFormat({ schema, name, description }: JsonFormat): ResponseFormat {
  if (schema === undefined) return { type: 'json_object' };
  return {
    type: 'json_schema',
    json_schema: { name: name ?? 'answer', description: description ?? null, schema: { ...schema } },
  };
}

function warningsFor(
  { tools = [], responseFormat }: LanguageModelV3CallOptions,
  hasGrammar: boolean,
): SharedV3Warning[] {
  const warnings: SharedV3Warning[] = [];
  if (tools.length > 0) {
    warnings.push({
      type: 'unsupported',
      feature: 'tools',
      details: 'the model is not told of tools, and calls none',
    });
  }
  if (responseFormat?.type === 'json' && !hasGrammar) {
    warnings.push({
      type: 'unsupported',
      feature: 'responseFormat',
      details: 'the engine was created without a grammar engine (sterna/grammar): the answer is free text',
    });
  }
  return warnings;
}
