import type { ModelConfig } from '../../src/model/config';
import type { TensorPortion } from '../../src/model/shard-reader';
import { type EmbeddingType, type PackTensor, packTensors } from '../../src/model/tensors';
import { RandomWords } from './random-words';

/** Types that an embedding table can be made up in. */
export type SyntheticEmbeddings = Extract<EmbeddingType, 'F16' | 'I8'>;

/** The spread of the logits: about that of a trained model, so that the sampler has the usual work. */
const LOGIT_DEVIATION = 2.5;
/** Mean square of codes that are -1, 0 and 1 equally often. */
const CODE_VARIANCE = 2 / 3;
const PIECE_BYTES = 4 * 2 ** 20;
const CODES_PER_BYTE = 5;
/** Five codes of 0. */
const PADDING_BYTE = 121;
/** A half with sign and fraction to be filled in: 0.5 to 1. */
const HALF_EXPONENT = 0x3800;
const HALF_MASK = 0x83ff;

/** Made-up weights of a whole pack, in the pack's order: the same for the same seed, in Node and in the browser. */
export function* syntheticPortions(
  config: ModelConfig,
  embeddings: SyntheticEmbeddings,
  seed: number,
): Generator<TensorPortion> {
  for (const tensor of packTensors(config, embeddings)) yield* tensorPortions(tensor, config, embeddings, seed);
}

/** One tensor of such a pack. */
export function* tensorPortions(
  tensor: PackTensor,
  config: ModelConfig,
  embeddings: SyntheticEmbeddings,
  seed: number,
): Generator<TensorPortion> {
  const { name, kind, byteLength, shape } = tensor;
  const words = new RandomWords(seed, name);
  if (kind === 'float') {
    yield { name, byteOffset: 0, bytes: new Uint8Array(floats(tensor, config, words).buffer) };
    return;
  }
  const codeCount = kind === 'ternary' ? shape[0] * shape[1] : 0;
  for (let byteOffset = 0; byteOffset < byteLength; byteOffset += PIECE_BYTES) {
    const piece = new Uint32Array(Math.ceil(Math.min(PIECE_BYTES, byteLength - byteOffset) / 4));
    const bytes = new Uint8Array(piece.buffer, 0, Math.min(PIECE_BYTES, byteLength - byteOffset));
    if (kind === 'ternary') {
      fillCodes(piece, words);
      padCodes(bytes, byteOffset, codeCount);
    } else {
      fillEmbeddings(piece, embeddings, words);
    }
    yield { name, byteOffset, bytes };
  }
}

function floats({ name, shape, byteLength }: PackTensor, config: ModelConfig, words: RandomWords): Float32Array {
  const values = new Float32Array(byteLength / 4);
  if (name === 'model.lower_bounds_effective') {
    const [layers, channels] = shape;
    for (let index = 0; index < values.length; index++) values[index] = Math.floor(index / channels) / layers;
  } else if (name.endsWith('.magnitude')) {
    const columns = name.includes('down_proj')
      ? config.intermediateSize
      : name.includes('o_proj')
        ? config.stateSize
        : config.hiddenSize;
    values[0] = (name.startsWith('lm_head') ? LOGIT_DEVIATION : 1) / Math.sqrt(columns * CODE_VARIANCE);
  } else if (name.endsWith('.scales')) {
    values.fill(1 / 127);
  } else {
    for (let index = 0; index < values.length; index++) values[index] = 0.5 + words.uniform();
  }
  return values;
}

/** Four bytes below 243 a word. */
function fillCodes(piece: Uint32Array, words: RandomWords): void {
  for (let index = 0; index < piece.length; index++) {
    const word = words.next();
    const even = (((word & 0x00ff00ff) * 243) >>> 8) & 0x00ff00ff;
    const odd = ((word >>> 8) & 0x00ff00ff) * 243;
    piece[index] = even | (odd & 0xff00ff00);
  }
}

/** What follows the last code is padding, as docs/PACK.md has it. */
function padCodes(bytes: Uint8Array, byteOffset: number, codeCount: number): void {
  const whole = Math.floor(codeCount / CODES_PER_BYTE) - byteOffset;
  if (whole >= bytes.length) return;
  const rest = codeCount % CODES_PER_BYTE;
  const place = 3 ** rest;
  const last = bytes[whole];
  bytes.fill(PADDING_BYTE, whole);
  if (rest > 0) bytes[whole] = (last % place) + PADDING_BYTE - (PADDING_BYTE % place);
}

function fillEmbeddings(piece: Uint32Array, embeddings: SyntheticEmbeddings, words: RandomWords): void {
  const isHalf = embeddings === 'F16';
  const mask = isHalf ? HALF_MASK * 0x10001 : 0xffffffff;
  const fixed = isHalf ? HALF_EXPONENT * 0x10001 : 0;
  for (let index = 0; index < piece.length; index++) piece[index] = (words.next() & mask) | fixed;
}
