import { PackError } from '../errors';
import type { ModelConfig } from './config';
import type { TensorEntry } from './safetensors';
import { packTensors } from './tensors';
import type { EmbeddingType, PackTensor } from './tensors';

/** One stored tensor, matched with the logical tensor that it is, or is a part of. */
export interface ExpectedPart {
  /** Logical name. */
  name: string;
  dtype: string;
  /** Bytes of the shard's data section. */
  begin: number;
  end: number;
  /** Where its bytes belong in the logical tensor. */
  byteOffset: number;
}

/** What has come of one logical tensor. */
interface Account {
  tensor: PackTensor;
  bytes: number;
  parts: number;
  /** It came under its own name, or its parts are all there. */
  complete: boolean;
}

/** Keeps account of which logical tensors a pack's shards have listed, and refuses what does not belong. */
export class TensorLedger {
  readonly #accounts: Map<string, Account>;

  constructor(
    config: ModelConfig,
    private readonly embeddings: EmbeddingType,
  ) {
    const tensors = packTensors(config, embeddings);
    this.#accounts = new Map(tensors.map((tensor) => [tensor.name, { tensor, bytes: 0, parts: 0, complete: false }]));
  }

  /**
   * Matches the next stored tensor with its logical one.
   * @throws PackError if it is unknown, came before, is out of order, or has another type or shape than the config asks for.
   */
  expect(entry: TensorEntry, file: string): ExpectedPart {
    const refuse = (reason: string): never => {
      throw new PackError(reason, { file, field: entry.name });
    };
    const suffix = /\.part(0|[1-9]\d{0,6})$/.exec(entry.name);
    const whole = suffix === null;
    const name = whole ? entry.name : entry.name.slice(0, suffix.index);
    const account = this.#accounts.get(name) ?? refuse('is no tensor of this model');
    const { tensor } = account;
    const byteOffset = account.bytes;
    const bytes = entry.end - entry.begin;
    const remaining = tensor.byteLength - byteOffset;

    if (account.complete || (whole && account.parts > 0)) refuse('came before');
    const dtype = this.#dtypeOf(tensor);
    if (entry.dtype !== dtype) refuse(`is of type ${entry.dtype}, not ${dtype}`);
    if (!whole && Number(suffix[1]) !== account.parts) refuse(`came where part ${account.parts} should`);
    if (whole && !sameShape(entry.shape, storedShape(tensor))) {
      refuse(`has shape [${entry.shape.join(', ')}], not [${storedShape(tensor).join(', ')}]`);
    }
    if (bytes === 0 || bytes > remaining) refuse(`has ${bytes} bytes, where ${remaining} of the tensor are to come`);
    if (entry.begin % 4 !== 0) refuse(`starts at byte ${entry.begin} of the data, no multiple of 4`);
    if (bytes < remaining && bytes % 4 !== 0) refuse(`has ${bytes} bytes, no multiple of 4, and is not the last part`);

    account.bytes += bytes;
    account.parts++;
    account.complete = account.bytes === tensor.byteLength;
    return { name, dtype, begin: entry.begin, end: entry.end, byteOffset };
  }

  /** @throws PackError naming the first tensor of which something is missing. */
  checkComplete(): void {
    for (const [name, { tensor, bytes, complete }] of this.#accounts) {
      if (complete) continue;
      const reason = bytes === 0 ? 'is missing' : `is incomplete: ${bytes} of ${tensor.byteLength} bytes are there`;
      throw new PackError(reason, { field: name });
    }
  }

  #dtypeOf(tensor: PackTensor): string {
    if (tensor.kind === 'ternary') return 'U8';
    return tensor.kind === 'float' ? 'F32' : this.embeddings;
  }
}

/** Codes are stored as a flat stream of bytes, all else in its own shape. */
function storedShape(tensor: PackTensor): number[] {
  return tensor.kind === 'ternary' ? [tensor.byteLength] : tensor.shape;
}

function sameShape(first: number[], second: number[]): boolean {
  return first.length === second.length && first.every((length, index) => length === second[index]);
}
