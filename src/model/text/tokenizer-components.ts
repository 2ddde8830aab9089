import * as v from 'valibot';
import { repeatsAmbiguousGroup } from './pattern-safety';

/** A part of a `tokenizer.json` as the tokenizer library takes it. */
export interface Component {
  type: string;
  [field: string]: unknown;
}

const MAX_PATTERN_LENGTH = 10_000;
/** GPT-2's split of a text into words, which a byte-level pre-tokenizer uses unless told otherwise. */
const BYTE_LEVEL_WORDS = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

const flag = v.nullish(v.boolean());
const shortText = v.pipe(v.string(), v.maxLength(MAX_PATTERN_LENGTH));
const pattern = v.union(
  [
    v.looseObject({ String: v.pipe(shortText, v.minLength(1)) }),
    v.looseObject({
      Regex: v.pipe(
        shortText,
        v.minLength(1),
        v.check((source) => !repeatsAmbiguousGroup(source)),
      ),
    }),
  ],
  'must be a String, or a Regex that repeats no group that can match in several ways',
);

/** Changes a text before it is cut into words. Source: HF tokenizers' normalizers of the same names. */
export const normalizer: v.GenericSchema<unknown, Component> = v.variant('type', [
  v.looseObject({ type: v.picklist(['NFC', 'NFD', 'NFKC', 'NFKD', 'Lowercase', 'StripAccents']) }),
  v.looseObject({ type: v.literal('Strip'), strip_left: flag, strip_right: flag }),
  v.looseObject({ type: v.literal('Prepend'), prepend: shortText }),
  v.pipe(
    v.looseObject({ type: v.literal('Replace'), pattern, content: shortText }),
    // The library hands the content to replaceAll, where a dollar sign has a meaning of its own.
    v.transform((component): Component => ({ ...component, content: component.content.replaceAll('$', '$$$$') })),
  ),
  v.looseObject({ type: v.literal('Sequence'), normalizers: v.array(v.lazy(() => normalizer)) }),
]);

const byteLevel = v.pipe(
  v.looseObject({ type: v.literal('ByteLevel'), add_prefix_space: flag, use_regex: flag }),
  v.transform((component): Component => {
    if (component.use_regex === false) return component;
    // In steps of their own, because the library's pattern for this has JavaScript's idea of white space.
    const space = { type: 'Replace', pattern: { Regex: String.raw`\A[^ ]` }, content: ' $&' };
    const words = { type: 'Split', pattern: { Regex: BYTE_LEVEL_WORDS }, behavior: 'Removed', invert: true };
    const bytes = { type: 'ByteLevel', add_prefix_space: false, use_regex: false };
    const steps = component.add_prefix_space === true ? [space, words, bytes] : [words, bytes];
    return { type: 'Sequence', pretokenizers: steps };
  }),
);

const metaspace = v.pipe(
  v.looseObject({
    type: v.literal('Metaspace'),
    replacement: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(1)), '\u2581'),
    prepend_scheme: v.nullish(v.picklist(['always', 'first', 'never'])),
    add_prefix_space: flag,
    split: flag,
  }),
  v.transform((component): Component => {
    // Files older than prepend_scheme say the same with add_prefix_space.
    const prepend_scheme = component.prepend_scheme ?? (component.add_prefix_space === false ? 'never' : 'always');
    const spaces = { type: 'Metaspace', replacement: component.replacement, prepend_scheme };
    if (component.split === false) return spaces;
    // The library does not split by itself: cut in front of each mark.
    const mark = component.replacement.charCodeAt(0).toString(16).padStart(4, '0');
    const beforeMark = { Regex: String.raw`(?=\u${mark})` };
    const cut = { type: 'Split', pattern: beforeMark, behavior: 'Isolated', invert: false };
    return { type: 'Sequence', pretokenizers: [spaces, cut] };
  }),
);

const digits = v.pipe(
  v.looseObject({ type: v.literal('Digits'), individual_digits: flag }),
  v.transform((component): Component => {
    // Through a Split, because the library's own pattern knows ASCII digits only.
    const number = { Regex: component.individual_digits === true ? String.raw`\p{N}` : String.raw`\p{N}+` };
    return { type: 'Split', pattern: number, behavior: 'Isolated', invert: false };
  }),
);

const split = v.pipe(
  v.looseObject({ type: v.literal('Split'), pattern, behavior: v.string(), invert: v.optional(v.boolean(), false) }),
  v.check(
    ({ behavior, invert }) => behavior === (invert ? 'Removed' : 'Isolated'),
    'Split is supported with behavior Isolated, or inverted with behavior Removed',
  ),
);

/** Cuts a text into the words that merges stay within. Source: HF tokenizers' pre-tokenizers of the same names. */
export const preTokenizer: v.GenericSchema<unknown, Component> = v.variant('type', [
  byteLevel,
  metaspace,
  digits,
  split,
  v.looseObject({ type: v.literal('Sequence'), pretokenizers: v.array(v.lazy(() => preTokenizer)) }),
]);
