import * as v from 'valibot';
import { TokenizerError } from '../../errors';
import { validate } from '../validate';

const TOKEN_NAMES = [
  'bos_token',
  'eos_token',
  'unk_token',
  'sep_token',
  'pad_token',
  'cls_token',
  'mask_token',
] as const;

/** The tokens that have a name, as a chat template sees them: `bos_token`, `eos_token` and so on. */
export type NamedTokens = Partial<Record<(typeof TOKEN_NAMES)[number], string>>;

const token = v.nullish(
  v.union(
    [
      v.string(),
      v.pipe(
        v.looseObject({ content: v.string() }),
        v.transform(({ content }) => content),
      ),
    ],
    'must be a token',
  ),
);

const schema = v.looseObject(v.entriesFromList(TOKEN_NAMES, token), 'must be an object');

/**
 * Reads the named tokens of the parsed JSON of an HF `tokenizer_config.json`.
 * @param json undefined where the pack has no such file.
 * @param file name of the file, for messages.
 * @throws TokenizerError naming the field at fault.
 */
export function namedTokens(json: unknown, file: string): NamedTokens {
  const fields = validate(schema, json ?? {}, file, TokenizerError);
  const tokens: NamedTokens = {};
  for (const name of TOKEN_NAMES) {
    const content = fields[name];
    if (typeof content === 'string' && content !== '') tokens[name] = content;
  }
  return tokens;
}
