/**
 * How ternary codes lie on the GPU: two bits each, which kernels take apart in no time, or five to a byte in base 3, which
 * takes a fifth less memory (src/shaders/layer.wgsl). The sums are the same.
 */
export type CodeFormat = 'two-bit' | 'base-3';

const CODES_PER_WORD: Record<CodeFormat, number> = { 'two-bit': 16, 'base-3': 20 };
/** Words that are loaded at once; a row is whole groups of them. */
const WORDS_PER_GROUP = 4;
/** Activations of one byte that a vec4 of words holds. */
const ACTIVATIONS_PER_VECTOR = 16;

/** Groups of four words that hold a row of `length` codes. */
export function codeGroups(length: number, format: CodeFormat): number {
  return Math.ceil(length / (WORDS_PER_GROUP * CODES_PER_WORD[format]));
}

/** Words that a row of `length` codes takes. */
export function codeWords(length: number, format: CodeFormat): number {
  return WORDS_PER_GROUP * codeGroups(length, format);
}

/** vec4 of 16 int8 that a group of codes is multiplied by. */
export function vectorsPerGroup(format: CodeFormat): number {
  return (WORDS_PER_GROUP * CODES_PER_WORD[format]) / ACTIVATIONS_PER_VECTOR;
}
