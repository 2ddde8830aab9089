import { compileTemplate } from '../../tools/compile-template';
import { BYTE_OF_CHARACTER } from '../../src/model/text/byte-alphabet';

const SPECIAL = ['<|endoftext|>', '<|start|>', '<|end|>'];
const LETTERS = Array.from({ length: 26 }, (_, index) => String.fromCharCode(97 + index));
/** How a byte-level tokenizer writes a space. */
const SPACE = 'Ġ';

/**
 * A byte-level tokenizer of `vocabSize` tokens, whose merges build ever longer words: as large as a real one, as starting
 * takes time over it, and with a chat template: the files of a pack, by name.
 */
export function syntheticTokenizer(vocabSize: number): Record<string, unknown> {
  const vocabulary = [...SPECIAL, ...BYTE_OF_CHARACTER.keys()];
  const merges: string[] = [];
  let words = [...LETTERS, SPACE];
  while (vocabulary.length < vocabSize) {
    const longer: string[] = [];
    for (const word of words) {
      for (const letter of LETTERS) {
        if (vocabulary.length >= vocabSize) break;
        merges.push(`${word} ${letter}`);
        longer.push(word + letter);
        vocabulary.push(word + letter);
      }
    }
    words = longer;
  }
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  const config = {
    eos_token: SPECIAL[2],
    chat_template:
      "{% for m in messages %}{{ '<|start|>' + m['role'] + ' ' + m['content'] + '<|end|>' }}{% endfor %}" +
      "{% if add_generation_prompt %}{{ '<|start|>assistant ' }}{% endif %}",
  };
  return {
    'tokenizer.json': {
      added_tokens: SPECIAL.map((content, id) => ({ id, content, special: true })),
      normalizer: null,
      pre_tokenizer: byteLevel,
      decoder: byteLevel,
      model: { type: 'BPE', vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])), merges },
    },
    'tokenizer_config.json': config,
    'chat_template.tree.json': compileTemplate(config),
  };
}
