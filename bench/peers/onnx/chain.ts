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

/** Different matrices in a chain take at least this many bytes where there are enough nodes: more than caches hold. */
const MATRIX_BYTES = 96 * 2 ** 20;
const LARGEST_COUNT = 64;
/** The runtime quantises activations to int8 and multiplies with four-lane dot products. */
const ACCURACY_LEVEL = 4;

/**
 * A graph of `nodes` equal MatMulNBits in float32. With one row each waits for the one before, whose output is its bias:
 * an input of the right size whatever the shape is. With more rows they all read `x`: each fills a GPU by itself.
 */
export function matMulChain(shape: MatMulShape, quantisation: Quantisation, nodes: number): Uint8Array {
  const { rows, outputs, inputs } = shape;
  const { bits, blockSize } = quantisation;
  const blocks = Math.ceil(inputs / blockSize);
  const blockBytes = (blockSize * bits) / 8;
  const matrixBytes = outputs * blocks * blockBytes;
  const matrices = Math.min(nodes, LARGEST_COUNT, Math.ceil(MATRIX_BYTES / matrixBytes));
  const tensors: OnnxTensor[] = [
    { name: 'flat', type: 'int64', shape: [1], data: int64(outputs) },
    { name: 'start', type: 'float', shape: [outputs], data: new Uint8Array(4 * outputs) },
  ];
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
  const isChained = rows === 1;
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
  const ends = isChained ? [nodes - 1] : Array.from({ length: nodes }, (_, index) => index);
  return onnxModel(
    list,
    tensors,
    [{ name: 'x', shape: [rows, inputs] }],
    ends.map((index) => ({ name: `y${index}`, shape: [rows, outputs] })),
  );
}

function int64(value: number): Uint8Array {
  return new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
}

function randomBytes(count: number, index: number): Uint8Array {
  const words = new RandomWords(index + 1, 'matrix');
  return new Uint8Array(Uint32Array.from({ length: Math.ceil(count / 4) }, () => words.next()).buffer, 0, count);
}

function scales(count: number, inputs: number): Uint8Array {
  return new Uint8Array(new Float32Array(count).fill(1 / Math.sqrt(inputs)).buffer);
}
