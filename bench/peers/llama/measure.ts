import { Wllama } from '@wllama/wllama';
import wasm from '@wllama/wllama/esm/wasm/wllama.wasm?url';

/** How fast wllama decodes. */
export interface LlamaTime {
  tokensPerSecond: number;
  tokens: number;
  /** Where llama.cpp says that it put the weights: `CPU`, `WebGPU`, … */
  places: string[];
  /** Threads of the CPU path. */
  threads: number;
  /** Version of the llama.cpp inside. */
  version: string;
}

const PROMPT = 'a b c d e f g h';

/**
 * Decodes greedily with wllama.
 * @param file address of a GGUF
 * @param layersOnGpu 0 for the CPU path
 */
export async function measureLlama(file: string, layersOnGpu: number, tokens: number): Promise<LlamaTime> {
  const places = new Set<string>();
  const listen = (...said: unknown[]) => {
    const place = /load_tensors:\s+(\S+) model buffer size/.exec(said.join(' '))?.[1];
    if (place !== undefined) places.add(place);
  };
  const logger = { debug: listen, log: listen, warn: listen, error: listen };
  const address = new URL(wasm, document.baseURI).href;
  const wllama = new Wllama({ default: address }, { suppressNativeLog: false, logger });
  wllama.setCompat(null);
  if (layersOnGpu > 0 && !wllama.isSupportWebGPU()) throw new TypeError('wllama has no WebGPU here');
  try {
    const gguf = await (await fetch(file)).blob();
    await wllama.loadModel([gguf], { n_ctx: 512, n_parallel: 1, n_gpu_layers: layersOnGpu });
    const complete = async (count: number) => {
      const start = performance.now();
      const { usage, timings } = await wllama.createCompletion({
        prompt: PROMPT,
        max_tokens: count,
        temperature: 0,
        seed: 1,
        ignore_eos: true,
        stream: false,
      });
      const elapsed = performance.now() - start;
      // Its own clock leaves the prompt out.
      const rate = timings?.predicted_per_second ?? (usage.completion_tokens * 1000) / elapsed;
      return { rate, tokens: timings?.predicted_n ?? usage.completion_tokens };
    };
    await complete(4);
    const { rate, tokens: decoded } = await complete(tokens);
    const version = Wllama.getLibllamaVersion();
    return { tokensPerSecond: rate, tokens: decoded, places: [...places], threads: wllama.getNumThreads(), version };
  } finally {
    await wllama.exit();
  }
}
