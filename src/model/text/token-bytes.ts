import * as v from 'valibot';
import { BYTE_OF_CHARACTER, BYTE_OF_FALLBACK_TOKEN } from './byte-alphabet';

/** How the vocabulary spells bytes. */
export interface Spelling {
  /** Every character of a token stands for a byte (`byte-alphabet.ts`). */
  byteLevel: boolean;
  /** Tokens `<0x00>` to `<0xFF>` stand for one byte. */
  byteFallback: boolean;
  /** Replaced in every token, in order: most often the mark of a space. */
  replacements: readonly (readonly [from: string, to: string])[];
  /** One space at the very start of a decoded text is dropped: encoding put it there. */
  dropsFirstSpace: boolean;
}

const MAX_DECODERS = 16;
/** How many times as long as itself a token may become by what is replaced in it. */
const MAX_GROWTH = 64;

const space = v.literal(' ');

const decoder = v.variant('type', [
  v.looseObject({ type: v.picklist(['ByteLevel', 'ByteFallback', 'Fuse']) }),
  v.looseObject({
    type: v.literal('Replace'),
    pattern: v.looseObject({ String: v.pipe(v.string(), v.minLength(1)) }),
    content: v.string(),
  }),
  v.looseObject({
    type: v.literal('Metaspace'),
    replacement: v.optional(v.pipe(v.string(), v.minLength(1)), '\u2581'),
    prepend_scheme: v.nullish(v.string()),
    add_prefix_space: v.nullish(v.boolean()),
  }),
  v.looseObject({ type: v.literal('Strip'), content: space, start: v.picklist([0, 1]), stop: v.literal(0) }),
]);

type Decoder = v.InferOutput<typeof decoder>;

function spellingOf(decoders: Decoder[]): Spelling {
  const spelling = { byteLevel: false, byteFallback: false, dropsFirstSpace: false };
  const replacements: [string, string][] = [];
  for (const step of decoders) {
    if (step.type === 'ByteLevel') spelling.byteLevel = true;
    if (step.type === 'ByteFallback') spelling.byteFallback = true;
    if (step.type === 'Replace') replacements.push([step.pattern.String, step.content]);
    if (step.type === 'Strip') spelling.dropsFirstSpace = step.start === 1;
    if (step.type === 'Metaspace') {
      replacements.push([step.replacement, ' ']);
      spelling.dropsFirstSpace = step.prepend_scheme !== 'never' && step.add_prefix_space !== false;
    }
  }
  return { ...spelling, replacements };
}

/** The `decoder` of a `tokenizer.json`: byte-level, or SentencePiece's chain of replacing, byte fallback and one space less. */
export const spelling = v.pipe(
  v.union(
    [
      v.pipe(
        v.looseObject({ type: v.literal('Sequence'), decoders: v.pipe(v.array(decoder), v.maxLength(MAX_DECODERS)) }),
        v.transform(({ decoders }) => decoders),
      ),
      v.pipe(
        decoder,
        v.transform((single) => [single]),
      ),
    ],
    'must be ByteLevel, Metaspace, or a Sequence of Replace, ByteFallback, Fuse and Strip',
  ),
  v.transform(spellingOf),
  v.check(
    ({ replacements }) =>
      replacements.reduce((growth, [from, to]) => growth * Math.max(1, to.length / from.length), 1) <= MAX_GROWTH,
    'makes tokens too long by what it replaces',
  ),
);

const encoder = new TextEncoder();

/** The bytes of text that a token of the vocabulary stands for. Tokens may end inside a UTF-8 character. */
export function bytesOfToken(token: string, { byteLevel, byteFallback, replacements }: Spelling): Uint8Array {
  if (byteLevel) {
    const bytes = Array.from(token, (character) => BYTE_OF_CHARACTER.get(character));
    // A token with other characters cannot come from text; it shows as it is spelled.
    return bytes.every((byte) => byte !== undefined) ? Uint8Array.from(bytes) : encoder.encode(token);
  }
  const byte = byteFallback ? BYTE_OF_FALLBACK_TOKEN.get(token) : undefined;
  if (byte !== undefined) return Uint8Array.of(byte);
  return encoder.encode(replacements.reduce((text, [from, to]) => text.replaceAll(from, () => to), token));
}
