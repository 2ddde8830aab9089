import { expect, it } from 'vitest';
import { createEngine } from '../../src/api';
import answers from '../fixtures/bundled/greedy.json';

it('the bundled model gives the greedy answers that an independent implementation computed', async () => {
  const engine = await createEngine({ model: new URL('/models/sterna-chat-49m/', location.href).href });
  try {
    for (const { prompt, text, tokens } of answers) {
      const messages = [{ role: 'user' as const, content: prompt }];
      const completion = await engine.chat.completions.create({ messages, temperature: 0, repetition_penalty: 1 });
      expect(completion.choices[0].message.content).toBe(text);
      expect(completion.choices[0].finish_reason).toBe('stop');
      // The end token is sampled, too.
      expect(completion.usage.completion_tokens).toBe(tokens + 1);
    }
  } finally {
    await engine.dispose();
  }
});
