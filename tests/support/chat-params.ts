import type { ChatCompletionCreateParamsNonStreaming } from '../../src/api/openai';
import type { SamplingOptions } from '../../src/model/sampling-options';

/** Parameters of a request that ask for these options in a conversation; users speak first. */
export function chatParams(
  contents: readonly string[],
  options: SamplingOptions & { maxTokens: number },
): ChatCompletionCreateParamsNonStreaming {
  const roles = ['user', 'assistant'] as const;
  return {
    messages: contents.map((content, index) => ({ role: roles[index % 2], content })),
    max_tokens: options.maxTokens,
    temperature: options.temperature,
    top_k: options.topK,
    top_p: options.topP,
    min_p: options.minP,
    repetition_penalty: options.repetitionPenalty,
    presence_penalty: options.presencePenalty,
    frequency_penalty: options.frequencyPenalty,
    seed: options.seed,
  };
}
