import { ChatTemplate } from '../../src/model/text/chat-template';
import type { Tokenizer } from '../../src/model/text/tokenizer';
import { compileTemplate } from '../../tools/compile-template';

/** The chat template of a checkpoint as a reader of its pack has it: compiled, and from JSON. */
export function packedTemplate(
  tokenizerConfig: unknown,
  tokenizer: Tokenizer,
  jinja?: string,
): ChatTemplate | undefined {
  const tree = compileTemplate(tokenizerConfig, jinja);
  return tree && ChatTemplate.parse(JSON.parse(JSON.stringify(tree)), tokenizerConfig, tokenizer);
}
