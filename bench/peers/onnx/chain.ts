import { RandomWords } from '../../model/random-words';
import { type OnnxNode, type OnnxTensor, onnxModel } from './model';

/** One MatMulNBits: y[rows, N] = x[rows, K] · Wᵀ, W [N, K] quantised in blocks along K. */
export interface MatMulShape {
  rows: number;
  outputs: number;
  inputs: number;
}

export interface Quantisation {
  bits: 2 | 4;
  blockSize: 32 | 128;
}

/** Different matrices in a chain of one row take at least this many bytes where there are enough nodes: more than caches hold. */
const MATRIX_BYTES = 96 * 2 ** 20;
const RANDOM_BYTES = 2 ** 20;
/** The runtime quantises activations to int8 and multiplies with four-lane dot products. */
const ACCURACY_LEVEL = 4;

/**
 * A graph of `nodes` equal MatMulNBits in float32. With one row each waits for the one before, whose output is its bias:
 * an input of the right size whatever the shape is. With more rows they all read `x` and share one matrix, as each fills
 * a GPU by itself, and only the last output is kept, so that the runtime uses the others' memory again.
 */
export function matMulChain(shape: MatMulShape, quantisation: Quantisation, nodes: number): Uint8Array {
  const { rows, outputs, inputs } = shape;
  const { bits, blockSize } = quantisation;
  const blocks = Math.ceil(inputs / blockSize);
  const blockBytes = (blockSize * bits) / 8;
  const matrixBytes = outputs * blocks * blockBytes;
  const isChained = rows === 1;
  const matrices = isChained ? Math.min(nodes, Math.ceil(MATRIX_BYTES / matrixBytes)) : 1;
  const tensors: OnnxTensor[] = isChained
    ? [
        { name: 'flat', type: 'int64', shape: [1], data: int64(outputs) },
        { name: 'start', type: 'float', shape: [outputs], data: new Uint8Array(4 * outputs) },
      ]
    : [];
  for (let matrix = 0; matrix < matrices; matrix++) {
    tensors.push(
      {
        name: `codes${matrix}`,
        type: 'uint8',
        shape: [outputs, blocks, blockBytes],
        data: randomBytes(matrixBytes, matrix),
      },
      { name: `scales${matrix}`, type: 'float', shape: [outputs, blocks], data: scales(outputs * blocks, inputs) },
    );
  }
  const list: OnnxNode[] = [];
  for (let index = 0; index < nodes; index++) {
    const before = index === 0 ? 'start' : `bias${index}`;
    const weights = [`codes${index % matrices}`, `scales${index % matrices}`];
    if (isChained && index > 0) {
      list.push({ operator: 'Reshape', domain: '', inputs: [`y${index - 1}`, 'flat'], output: before });
    }
    list.push({
      operator: 'MatMulNBits',
      domain: 'com.microsoft',
      inputs: ['x', ...weights, ...(isChained ? ['', '', before] : [])],
      output: `y${index}`,
      attributes: { K: inputs, N: outputs, bits, block_size: blockSize, accuracy_level: ACCURACY_LEVEL },
    });
  }
  return onnxModel(
    list,
    tensors,
    [{ name: 'x', shape: [rows, inputs] }],
    [{ name: `y${nodes - 1}`, shape: [rows, outputs] }],
  );
}

function int64(value: number): Uint8Array {
  return new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
}

/** The same random bytes again and again: making up as many as there are weights would take longer than measuring. */
function randomBytes(count: number, index: number): Uint8Array {
  const words = new RandomWords(index + 1, 'matrix');
  const some = new Uint32Array(Math.ceil(Math.min(count, RANDOM_BYTES) / 4));
  for (let at = 0; at < some.length; at++) some[at] = words.next();
  const bytes = new Uint8Array(count);
  const pattern = new Uint8Array(some.buffer);
  for (let at = 0; at < count; at += pattern.length) bytes.set(pattern.subarray(0, count - at), at);
  return bytes;
}

function scales(count: number, inputs: number): Uint8Array {
  return new Uint8Array(new Float32Array(count).fill(1 / Math.sqrt(inputs)).buffer);
}
