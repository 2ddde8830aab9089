import { RequestError } from '../errors';
import type { OwnStates } from '../model/own-states';
import type { TokenSpeller } from '../model/text/text-stream';
import type { AnswerRequest, ChatRequest, TextRequest } from './answer-request';
import type { PromptEncoder } from './prompt-encoder';
import { chatTokenizer, textTokenizer, type TextModel } from './text-model';

/** A request as the model takes it. */
export interface PreparedRequest extends AnswerRequest {
  /** Each is answered as often as there are to be choices. */
  prompts: number[][];
  /** What the answers to each prompt begin with. */
  echoes: string[];
  tokenizer: TokenSpeller;
  /** Of the session that it belongs to. */
  own?: OwnStates;
}

/**
 * @throws TokenizerError where the model cannot chat, TemplateError where its template refuses the messages; the
 * signal's reason when aborted.
 */
export async function prepareChat(
  { messages, ...request }: ChatRequest,
  text: TextModel | undefined,
  encoder: PromptEncoder,
  signal: AbortSignal,
): Promise<PreparedRequest> {
  const tokenizer = chatTokenizer(text);
  return { ...request, prompts: [await encoder.encode(messages, signal)], echoes: [], tokenizer };
}

/**
 * @throws TokenizerError where the model has no tokenizer, TemplateError where it takes too long, RequestError for a text
 * without tokens; the signal's reason when aborted.
 */
export async function prepareTexts(
  { prompts: given, echo, ...request }: TextRequest,
  text: TextModel | undefined,
  encoder: PromptEncoder,
  signal: AbortSignal,
): Promise<PreparedRequest> {
  const table = textTokenizer(text);
  const encoded = await encoder.encodeTexts(
    given.filter((prompt) => typeof prompt === 'string'),
    signal,
  );
  const prompts = given.map((prompt) => (typeof prompt === 'string' ? (encoded.shift() ?? []) : prompt));
  const empty = prompts.findIndex(({ length }) => length === 0);
  if (empty >= 0)
    throw new RequestError('has no tokens, and the model needs one to go on from', { field: `prompt[${empty}]` });
  const echoes = echo ? given.map((prompt) => (typeof prompt === 'string' ? prompt : table.decode(prompt))) : [];
  // What goes on from a text may begin with a space.
  const tokenizer = {
    tokenBytes: (id: number) => table.tokenBytes(id),
    spell: (id: number) => table.spell(id),
    dropsFirstSpace: false,
  };
  return { ...request, prompts, echoes, tokenizer };
}
