import { measureLlama } from './llama/measure';
import { measureMatMul } from './onnx/measure';

declare global {
  /** What the command line calls. */
  var sternaPeers: { measureMatMul: typeof measureMatMul; measureLlama: typeof measureLlama } | undefined;
}

globalThis.sternaPeers = { measureMatMul, measureLlama };
