import { CheckpointError } from '../src/errors';
import type { ModelConfig } from '../src/model/config';
import { effectiveLowerBounds } from '../src/model/oracle/lower-bounds';
import { packTensors } from '../src/model/tensors';
import type { EmbeddingType } from '../src/model/tensors';
import { encodeTernary, quantiseTernary, ternaryMagnitude } from '../src/model/ternary';
import type { Checkpoint, CheckpointTensor } from './checkpoint';
import { EmbeddingQuantiser } from './embedding-int8';
import type { QuantisationLoss } from './embedding-int8';

const EMBEDDINGS = 'model.embeddings.weight';

/** Makes the tensors of a pack from those of a checkpoint, slice by slice. */
export class TensorConversion {
  readonly #quantiser: EmbeddingQuantiser | undefined;

  constructor(
    private readonly config: ModelConfig,
    private readonly embeddings: EmbeddingType,
    private readonly checkpoint: Checkpoint,
  ) {
    const { vocabSize, hiddenSize } = config;
    if (embeddings === 'I8') this.#quantiser = new EmbeddingQuantiser(vocabSize, hiddenSize);
  }

  /** What int8 embeddings lost, once all is converted; undefined where they are kept. */
  get embeddingLoss(): QuantisationLoss | undefined {
    return this.#quantiser?.loss;
  }

  /** Bytes of the checkpoint that `bytes` reads in all: matrices that are rounded are read twice. */
  get bytesToRead(): number {
    return packTensors(this.config, this.embeddings)
      .map(({ name, kind }) => {
        if (kind === 'ternary') return 2 * this.#latentTensor(name).byteLength;
        if (name.endsWith('.magnitude')) return 0;
        return this.#tensor(checkpointName(name)).byteLength;
      })
      .reduce((sum, bytes) => sum + bytes, 0);
  }

  /**
   * The bytes of all tensors of the pack in the order of `packTensors`, one after another.
   * @throws CheckpointError naming a tensor that holds NaN or infinity, or a file that is cut off.
   */
  async *bytes(): AsyncGenerator<Uint8Array> {
    let magnitude = 0;
    for (const { name, kind } of packTensors(this.config, this.embeddings)) {
      if (kind === 'ternary') {
        const latent = this.#latentTensor(name);
        magnitude = await this.#magnitude(latent);
        yield* this.#codes(latent, magnitude);
      } else if (name.endsWith('.magnitude')) yield floatBytes(Float32Array.of(magnitude));
      else if (name === 'model.lower_bounds_effective') yield floatBytes(await this.#lowerBounds());
      else if (name.endsWith('.scales')) yield floatBytes(await this.#embeddingScales());
      else if (kind === 'embedding') yield* this.#embeddingRows();
      else yield* this.#floats(this.#tensor(name));
    }
  }

  /** 1/s of a matrix: the first pass over it. */
  async #magnitude(latent: CheckpointTensor): Promise<number> {
    let sum = 0;
    let count = 0;
    for await (const values of this.checkpoint.values(latent)) {
      sum += absoluteSum(values);
      count += values.length;
    }
    return ternaryMagnitude(sum, count);
  }

  async *#codes(latent: CheckpointTensor, magnitude: number): AsyncGenerator<Uint8Array> {
    for await (const values of this.checkpoint.values(latent)) yield encodeTernary(quantiseTernary(values, magnitude));
  }

  async *#floats(tensor: CheckpointTensor): AsyncGenerator<Uint8Array> {
    for await (const values of this.checkpoint.values(tensor)) yield floatBytes(values);
  }

  async #lowerBounds(): Promise<Float32Array> {
    const { layerCount, stateSize } = this.config;
    const parameter = new Float32Array(layerCount * stateSize);
    let done = 0;
    for await (const values of this.checkpoint.values(this.#tensor('model.lower_bounds'))) {
      parameter.set(values, done);
      done += values.length;
    }
    return effectiveLowerBounds(parameter, layerCount, stateSize);
  }

  async #embeddingScales(): Promise<Float32Array> {
    for await (const values of this.checkpoint.values(this.#tensor(EMBEDDINGS))) this.#quantiser?.measure(values);
    return this.#quantiser?.scales ?? new Float32Array();
  }

  async *#embeddingRows(): AsyncGenerator<Uint8Array> {
    const tensor = this.#tensor(EMBEDDINGS);
    const quantiser = this.#quantiser;
    if (quantiser === undefined) {
      yield* this.checkpoint.bytes(tensor);
      return;
    }
    for await (const values of this.checkpoint.values(tensor)) {
      yield new Uint8Array(quantiser.quantise(values).buffer);
    }
  }

  /** The float matrix behind codes; a tied head's is the embedding table. */
  #latentTensor(codes: string): CheckpointTensor {
    const name = codes.slice(0, -'.codes'.length);
    return this.#tensor(name === 'lm_head.weight' && this.config.tieWordEmbeddings ? EMBEDDINGS : name);
  }

  #tensor(name: string): CheckpointTensor {
    const tensor = this.checkpoint.tensors.get(name);
    if (tensor === undefined) throw new CheckpointError('is missing from the checkpoint', { field: name });
    return tensor;
  }
}

/** In float64. */
function absoluteSum(values: Float32Array): number {
  let sum = 0;
  // A for-of loop takes ten times as long over gigabytes.
  for (let index = values.length - 1; index >= 0; index--) sum += Math.abs(values[index]);
  return sum;
}

/** The checkpoint tensor that a float or embedding tensor of a pack is made from. */
function checkpointName(name: string): string {
  if (name === 'model.lower_bounds_effective') return 'model.lower_bounds';
  return name === `${EMBEDDINGS}.scales` ? EMBEDDINGS : name;
}

function floatBytes(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
