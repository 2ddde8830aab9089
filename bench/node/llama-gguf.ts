import { open } from 'node:fs/promises';
import type { ModelConfig } from '../../src/model/config';
import { RandomWords } from '../model/random-words';
import { type GgufEntry, ggufHeader, type GgufValue } from './gguf-header';

/** How a GGUF's matrices are quantised. Numbers, block sizes and layouts are those of ggml. */
const TYPES = {
  F32: { id: 0, block: 1, bytes: 4, scaleAt: undefined },
  F16: { id: 1, block: 1, bytes: 2, scaleAt: undefined },
  Q4_0: { id: 2, block: 32, bytes: 18, scaleAt: 0 },
  TQ2_0: { id: 35, block: 256, bytes: 66, scaleAt: 64 },
} as const;
type GgufType = keyof typeof TYPES;
export type MatrixType = Extract<GgufType, 'Q4_0' | 'TQ2_0'>;

interface GgufTensor {
  name: string;
  type: GgufType;
  /** Columns first, as GGUF has it. */
  shape: number[];
}

const ALIGNMENT = 32;
const HEAD_SIZE = 64;
const CONTEXT = 2048;
/** 1/64 as a half: values of about the usual size after a norm. */
const HALF_SCALE = 0x2400;
const BYTE_TOKENS = 256;

/** Writes a GGUF of llama.cpp's `llama` architecture with random weights: the same matrices as an HGRN-bit of
 * this config. @throws RangeError where rows are no whole blocks. */
export async function writeGguf(path: string, config: ModelConfig, type: MatrixType): Promise<void> {
  const tensors = llamaTensors(config, type);
  const wrong = tensors.find((tensor) => tensor.shape[0] % TYPES[tensor.type].block !== 0);
  if (wrong) throw new RangeError(`${wrong.name}: rows of ${wrong.shape[0]} are no whole blocks of ${wrong.type}`);
  let offset = 0;
  const entries = tensors.map((tensor): GgufEntry => {
    const entry = { ...tensor, type: TYPES[tensor.type].id, offset };
    offset += paddedLength(tensor);
    return entry;
  });
  const file = await open(path, 'w');
  try {
    await file.write(ggufHeader(metadata(config), entries, ALIGNMENT));
    for (const tensor of tensors) await file.writeFile(tensorBytes(tensor));
  } finally {
    await file.close();
  }
}

function llamaTensors({ hiddenSize, intermediateSize, layerCount, vocabSize }: ModelConfig, type: MatrixType) {
  const matrix = (name: string, columns: number, rows: number): GgufTensor => ({ name, type, shape: [columns, rows] });
  const gain = (name: string): GgufTensor => ({ name, type: 'F32', shape: [hiddenSize] });
  const tensors: GgufTensor[] = [
    { name: 'token_embd.weight', type: 'F16', shape: [hiddenSize, vocabSize] },
    gain('output_norm.weight'),
    matrix('output.weight', hiddenSize, vocabSize),
  ];
  for (let layer = 0; layer < layerCount; layer++) {
    const prefix = `blk.${layer}`;
    tensors.push(
      gain(`${prefix}.attn_norm.weight`),
      gain(`${prefix}.ffn_norm.weight`),
      ...['q', 'k', 'v', 'output'].map((name) => matrix(`${prefix}.attn_${name}.weight`, hiddenSize, hiddenSize)),
      matrix(`${prefix}.ffn_gate.weight`, hiddenSize, intermediateSize),
      matrix(`${prefix}.ffn_up.weight`, hiddenSize, intermediateSize),
      matrix(`${prefix}.ffn_down.weight`, intermediateSize, hiddenSize),
    );
  }
  return tensors;
}

function byteLength({ type, shape }: GgufTensor): number {
  const { block, bytes } = TYPES[type];
  return (shape.reduce((product, size) => product * size, 1) / block) * bytes;
}

function paddedLength(tensor: GgufTensor): number {
  return Math.ceil(byteLength(tensor) / ALIGNMENT) * ALIGNMENT;
}

function tensorBytes(tensor: GgufTensor): Uint8Array {
  const length = byteLength(tensor);
  const padded = new Uint8Array(paddedLength(tensor));
  const { block, bytes, scaleAt } = TYPES[tensor.type];
  if (tensor.type === 'F32') {
    new Float32Array(padded.buffer).fill(1);
    return padded;
  }
  const random = new RandomWords(1, tensor.name);
  const words = new Uint32Array(padded.buffer);
  for (let index = 0; index < words.length; index++) words[index] = random.next();
  if (scaleAt === undefined) {
    // Halves from 2^-7 to 2^-6, of either sign.
    for (let index = 0; index < words.length; index++) words[index] = (words[index] & 0x83ff83ff) | 0x20002000;
    return padded;
  }
  const view = new DataView(padded.buffer);
  for (let at = 0; at < length; at += bytes) {
    view.setUint16(at + scaleAt, HALF_SCALE, true);
    // A code of 3 means nothing in TQ2_0.
    if (block === 256)
      for (let index = at; index < at + scaleAt; index++) padded[index] &= ~((padded[index] >> 1) & 0x55);
  }
  return padded;
}

function metadata(config: ModelConfig): Record<string, GgufValue> {
  const { hiddenSize, layerCount, intermediateSize, vocabSize } = config;
  const heads = hiddenSize / HEAD_SIZE;
  const scores = Array.from({ length: vocabSize }, (_, id) => -id);
  return {
    'general.architecture': { kind: 'string', value: 'llama' },
    'general.alignment': { kind: 'uint32', value: ALIGNMENT },
    'llama.context_length': { kind: 'uint32', value: CONTEXT },
    'llama.embedding_length': { kind: 'uint32', value: hiddenSize },
    'llama.block_count': { kind: 'uint32', value: layerCount },
    'llama.feed_forward_length': { kind: 'uint32', value: intermediateSize },
    'llama.attention.head_count': { kind: 'uint32', value: heads },
    'llama.attention.head_count_kv': { kind: 'uint32', value: heads },
    'llama.rope.dimension_count': { kind: 'uint32', value: HEAD_SIZE },
    'llama.vocab_size': { kind: 'uint32', value: vocabSize },
    'llama.attention.layer_norm_rms_epsilon': { kind: 'float32', value: 1e-6 },
    'tokenizer.ggml.model': { kind: 'string', value: 'llama' },
    'tokenizer.ggml.tokens': { kind: 'strings', value: tokens(vocabSize) },
    'tokenizer.ggml.scores': { kind: 'float32s', value: scores },
    'tokenizer.ggml.token_type': { kind: 'int32s', value: tokenTypes(vocabSize) },
    'tokenizer.ggml.unknown_token_id': { kind: 'uint32', value: 0 },
    'tokenizer.ggml.bos_token_id': { kind: 'uint32', value: 1 },
    'tokenizer.ggml.eos_token_id': { kind: 'uint32', value: 2 },
  };
}

/** SentencePiece's usual beginning, then made-up words. Bytes are words like the others: a random text of bytes is no UTF-8. */
function tokens(vocabSize: number): string[] {
  const bytes = Array.from(
    { length: BYTE_TOKENS },
    (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
  );
  const first = ['<unk>', '<s>', '</s>', ...bytes];
  return Array.from({ length: vocabSize }, (_, id) => first.at(id) ?? `▁w${id}`);
}

function tokenTypes(vocabSize: number): number[] {
  const NORMAL = 1;
  const UNKNOWN = 2;
  const CONTROL = 3;
  const first = [UNKNOWN, CONTROL, CONTROL];
  return Array.from({ length: vocabSize }, (_, id) => first.at(id) ?? NORMAL);
}
