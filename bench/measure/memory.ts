import { packTensors } from '../../src/model/tensors';
import { ternaryWeights } from '../model/shapes';
import { type Agreement, measureAgreement } from './agreement';
import { standardDeviation } from './statistics';
import { type PerToken, watchDecode } from './step-stream';
import type { Subject } from './subject';
import { randomIds } from './texts';

/** What a model takes, and what a token of it makes. */
export interface MemoryResult {
  gpuBytes: Record<string, number>;
  /** Of all buffers at once, from the making of the device on, staging included. */
  gpuBytesPeak: number;
  /** Ternary matrices on the GPU, per weight of theirs. */
  ternaryBits: number;
  /** All of the peak, per parameter. */
  bitsPerParameter: number;
  parameters: number;
  /** One state, f32 [L, D]. */
  stateBytes: number;
  /** The pack's tensors. */
  packBytes: number;
  perToken: PerToken;
  /** Standard deviation of the logits after a short text. */
  logitDeviation: number;
  logitsFinite: boolean;
  /** Of decoded tokens with the logits of the whole text. */
  agreement: Agreement;
  openMilliseconds: number;
}

export async function measureMemory(subject: Subject): Promise<MemoryResult> {
  const { model, config, embeddings, account, openMilliseconds } = subject;
  const logits = await model.logits(randomIds(4, config.vocabSize, 5));
  const perToken = await watchDecode(subject, ({ perToken: counts }) => Promise.resolve(counts));
  const { layers, head } = ternaryWeights(config);
  const tensors = packTensors(config, embeddings);
  const parameters = tensors.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
  const gpuBytes = model.bytesByKind;
  return {
    gpuBytes,
    gpuBytesPeak: account.peak,
    ternaryBits: (gpuBytes.ternary * 8) / (layers + head),
    bitsPerParameter: (account.peak * 8) / parameters,
    parameters,
    stateBytes: config.layerCount * config.stateSize * 4,
    packBytes: tensors.reduce((sum, { byteLength }) => sum + byteLength, 0),
    perToken,
    logitDeviation: standardDeviation(logits.slice(-config.vocabSize)),
    logitsFinite: logits.every(Number.isFinite),
    agreement: await measureAgreement(subject),
    openMilliseconds,
  };
}
