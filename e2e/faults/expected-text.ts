import { generateGreedily } from '../../src/model/oracle/generate';
import { TOKENS, type tinyPack } from '../../tests/support/tiny-pack';

type TinyPack = Awaited<ReturnType<typeof tinyPack>>;

/** What the oracle answers to "Hi" with the weights that the pack was made of. */
export function expectedText({ config, weights }: TinyPack, maxTokens: number): string {
  const bytes = (text: string) => [...new TextEncoder().encode(text)];
  const prompt = [TOKENS.start, ...bytes('user Hi'), TOKENS.end, TOKENS.start, ...bytes('assistant ')];
  const { ids } = generateGreedily(config, weights, prompt, maxTokens);
  const end = ids.indexOf(TOKENS.end);
  const answer = end < 0 ? ids : ids.slice(0, end);
  return new TextDecoder().decode(Uint8Array.from(answer.filter((id) => id < TOKENS.start)));
}
