import { describe, expect, it } from 'vitest';
import type { SampledToken } from '../../../src/worker/chat';
import { chat, chatRequest, seed, startEngine } from '../../support/worker-engine';

describe(`log probabilities (seed ${seed})`, () => {
  it.each([
    { asked: { stop: ', w' }, text: 'Hello', tokens: 'Hello' },
    { asked: { stop: 'Hello' }, text: '', tokens: '' },
    { asked: { stop: 'never' }, text: 'Hello, world', tokens: 'Hello, world' },
    { asked: { max_tokens: 3 }, text: 'Hel', tokens: 'Hel' },
  ])('weighs the tokens whose text is in the answer: $asked', async ({ asked, text, tokens }) => {
    const { remote, load } = await startEngine('Hello, world');
    await load();
    let [said, weighed] = ['', ''];
    for await (const event of await chat(remote, chatRequest({ ...asked, logprobs: true, top_logprobs: 1 }))) {
      if (event.kind === 'text') said += event.text;
      expect(event.tokens, 'an empty list where none is ready').toBeDefined();
      for (const token of event.tokens ?? []) {
        expect(token).toMatchObject({ bytes: [token.token.charCodeAt(0)], logprob: -Math.LN2 });
        expect(token.top_logprobs).toEqual([{ token: token.token, bytes: token.bytes, logprob: -Math.LN2 }]);
        weighed += token.token;
      }
      expect(said.startsWith(weighed), 'no token comes before its text').toBe(true);
    }
    expect({ said, weighed }).toEqual({ said: text, weighed: tokens });
  });

  it('shows half a character as U+FFFD with its byte', async () => {
    const { remote, load } = await startEngine('ÿ');
    await load();
    const tokens: SampledToken[] = [];
    for await (const event of await chat(remote, chatRequest({ logprobs: true }))) {
      tokens.push(...(event.tokens ?? []));
    }
    expect(tokens.map(({ bytes }) => bytes)).toEqual([[0xc3], [0xbf]]);
    expect(tokens.map(({ token }) => token)).toEqual(['\ufffd', '\ufffd']);
  });
});
