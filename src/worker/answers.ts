import { answerChat, NO_WORK, type ChatUsage, type FinishReason, type SampledToken } from './chat';
import type { DeviceSession } from './device-session';
import type { PreparedRequest } from './prepare';

/** Far from each other, and each another one. */
const SEED_STEP = 0x9e3779b9;

/**
 * A piece of one answer's text, or as its last event how it ended. `index` counts the answers of a request: all of the
 * first prompt, then those of the next. The last event of all has `usage`, of all together.
 */
export type AnswerEvent = { index: number; tokens?: SampledToken[] } & (
  { kind: 'text'; text: string } | { kind: 'end'; reason: FinishReason; usage?: ChatUsage }
);

/**
 * Gives all answers to a request, one after the other. The first answer to a prompt has the request's seed, and each
 * further one a seed of its own that comes from it; these find the prompt's state in the cache.
 */
export async function* answerAll(
  session: Pick<DeviceSession, 'run'>,
  { prompts, echoes, choices, options, ...request }: PreparedRequest,
  signal: AbortSignal,
): AsyncGenerator<AnswerEvent, void, undefined> {
  let sum: ChatUsage | undefined;
  const last = prompts.length * choices - 1;
  for (let index = 0; index <= last; index++) {
    const choice = index % choices;
    const place = (index - choice) / choices;
    const seed = (options.seed + Math.imul(choice, SEED_STEP)) >>> 0;
    const echo = echoes[place] ?? '';
    if (echo !== '') yield { kind: 'text', index, text: echo };
    const own = { ...options, seed, sharesPrompt: choices > 1 };
    for await (const event of answerChat(session, { ...request, prompt: prompts[place], options: own }, signal)) {
      if (event.kind === 'text') {
        yield { ...event, index };
        continue;
      }
      const { usage, ...end } = event;
      sum = added(sum, usage, choice === 0);
      yield { ...end, index, ...(index === last ? { usage: sum } : {}) };
    }
  }
}

/** A prompt counts once, however many answers there are to it, and the first token of all is the first. */
function added(sum: ChatUsage | undefined, usage: ChatUsage, isFirst: boolean): ChatUsage {
  if (sum === undefined) return usage;
  const prompt = isFirst ? usage : NO_WORK;
  return {
    promptTokens: sum.promptTokens + prompt.promptTokens,
    cachedTokens: sum.cachedTokens + prompt.cachedTokens,
    completionTokens: sum.completionTokens + usage.completionTokens,
    firstTokenTime: sum.firstTokenTime,
    prefillTime: sum.prefillTime + prompt.prefillTime,
    decodedTokens: sum.decodedTokens + usage.decodedTokens,
    decodeTime: sum.decodeTime + usage.decodeTime,
  };
}
