/**
 * An engine as a model of the AI SDK.
 * @module sterna/ai-sdk
 */
import type { LanguageModelV3, LanguageModelV3StreamPart } from '@ai-sdk/provider';
import type { ChatCompletions } from '../chat-completions';
import { chatRequest } from './request';
import { finishReason, responseMetadata, streamParts, timings, tokenUsage } from './response';

/** What a model of the AI SDK needs of an engine: `createEngine` of `sterna` gives one. */
export interface ChatEngine {
  /** What there is to know about the model. */
  readonly info: {
    /** The pack's own name for itself. */
    readonly name: string;
    /** Whether answers can be held to a form. */
    readonly hasGrammar?: boolean;
  };
  /** Answers to conversations. */
  readonly chat: {
    /** In OpenAI's shape. */
    readonly completions: Pick<ChatCompletions, 'create'>;
  };
}

/**
 * An engine as a model of the AI SDK (`ai` 6): `streamText({ model: sterna(engine), … })`.
 * Objects by a schema (`generateObject`, `Output.object`) come from an engine that was created with a grammar engine
 * (`sterna/grammar`). Settings that Sterna does not have become warnings. `providerOptions.sterna` takes parameters of
 * `engine.chat.completions.create` that the AI SDK has no name for, such as `min_p`.
 * @throws in its calls, RequestError for a part of the prompt that is no text, and what the engine throws, as it is.
 */
export function sterna(engine: ChatEngine): LanguageModelV3 {
  const { completions } = engine.chat;
  const hasGrammar = engine.info.hasGrammar === true;
  return {
    specificationVersion: 'v3',
    provider: 'sterna',
    modelId: engine.info.name,
    supportedUrls: {},
    async doGenerate(options) {
      const { params, warnings } = chatRequest(options, hasGrammar);
      const completion = await completions.create(params);
      const [{ message, finish_reason: reason }] = completion.choices;
      return {
        content: message.content === '' ? [] : [{ type: 'text', text: message.content }],
        finishReason: finishReason(reason),
        usage: tokenUsage(completion.usage),
        providerMetadata: timings(completion.usage),
        response: responseMetadata(completion),
        warnings,
      };
    },
    async doStream(options) {
      const { params, warnings } = chatRequest(options, hasGrammar);
      const chunks = await completions.create({ ...params, stream: true });
      const parts = streamParts(chunks, warnings, options);
      const stream = new ReadableStream<LanguageModelV3StreamPart>(
        {
          async pull(controller) {
            const { done, value } = await parts.next();
            if (done === true) controller.close();
            else controller.enqueue(value);
          },
          async cancel() {
            // Ends a chunk that is still waited for, which the generator's own end would wait for too.
            await chunks.return?.();
            await parts.return(undefined);
          },
        },
        { highWaterMark: 0 },
      );
      return { stream };
    },
  };
}
