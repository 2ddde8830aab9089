import type { LanguageModelV3Prompt } from '@ai-sdk/provider';
import { RequestError } from '../index';
import type { ChatCompletionMessageParam } from '../openai';

/** The AI SDK's messages as Sterna takes them. @throws RequestError naming the part that is no text. */
export function chatMessages(prompt: LanguageModelV3Prompt): ChatCompletionMessageParam[] {
  return prompt.map((message, index) => {
    if (message.role === 'system') return { role: message.role, content: message.content };
    if (message.role === 'tool') {
      throw new RequestError('is a tool message; Sterna takes system, user and assistant messages', {
        field: `prompt[${index}]`,
      });
    }
    const content = message.content.map((part, place) => {
      if (part.type === 'text') return { type: part.type, text: part.text };
      throw new RequestError(`is a part of type "${part.type}"; Sterna takes only text`, {
        field: `prompt[${index}].content[${place}]`,
      });
    });
    return { role: message.role, content };
  });
}
