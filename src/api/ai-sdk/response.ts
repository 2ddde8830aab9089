import type {
  LanguageModelV3CallOptions,
  LanguageModelV3FinishReason,
  LanguageModelV3ResponseMetadata,
  LanguageModelV3StreamPart,
  LanguageModelV3Usage,
  SharedV3ProviderMetadata,
  SharedV3Warning,
} from '@ai-sdk/provider';
import type { ChatCompletionChunk, CompletionUsage, FinishReason } from '../openai';

/** An answer has one text; the AI SDK wants a name for it. */
const TEXT = 'text';

/**
 * Chunks of an answer as the AI SDK's parts: one text from its first piece to the end, then how it ended. A failure is a
 * part too, as `streamText` reports no others.
 * @throws the signal's reason when aborted.
 */
export async function* streamParts(
  chunks: AsyncIterable<ChatCompletionChunk>,
  warnings: SharedV3Warning[],
  { includeRawChunks, abortSignal }: LanguageModelV3CallOptions,
): AsyncGenerator<LanguageModelV3StreamPart, undefined, undefined> {
  yield { type: 'stream-start', warnings };
  let isFirst = true;
  let hasText = false;
  try {
    for await (const chunk of chunks) {
      if (includeRawChunks === true) yield { type: 'raw', rawValue: chunk };
      if (isFirst) yield { type: 'response-metadata', ...responseMetadata(chunk) };
      isFirst = false;
      const [{ delta, finish_reason: reason }] = chunk.choices;
      if (delta.content !== undefined && delta.content !== '') {
        if (!hasText) yield { type: 'text-start', id: TEXT };
        hasText = true;
        yield { type: 'text-delta', id: TEXT, delta: delta.content };
      }
      if (reason === null || chunk.usage == null) continue;
      if (hasText) yield { type: 'text-end', id: TEXT };
      yield {
        type: 'finish',
        finishReason: finishReason(reason),
        usage: tokenUsage(chunk.usage),
        providerMetadata: timings(chunk.usage),
      };
    }
  } catch (error) {
    if (abortSignal?.aborted === true) throw error;
    yield { type: 'error', error };
  }
}

export function finishReason(reason: FinishReason): LanguageModelV3FinishReason {
  return { unified: reason, raw: reason };
}

export function responseMetadata(head: {
  id: string;
  created: number;
  model: string;
}): LanguageModelV3ResponseMetadata {
  return { id: head.id, timestamp: new Date(1000 * head.created), modelId: head.model };
}

export function tokenUsage(usage: CompletionUsage): LanguageModelV3Usage {
  const { prompt_tokens: total, prompt_tokens_details: details, completion_tokens: generated } = usage;
  const cacheRead = details.cached_tokens;
  return {
    inputTokens: { total, noCache: total - cacheRead, cacheRead, cacheWrite: undefined },
    outputTokens: { total: generated, text: generated, reasoning: undefined },
  };
}

/** The engine's timings, which the AI SDK has no names for. */
export function timings({ extra }: CompletionUsage): SharedV3ProviderMetadata {
  return { sterna: { ...extra } };
}
