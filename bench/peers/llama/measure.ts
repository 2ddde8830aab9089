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
  /** Of its buffers of weights, attention and intermediate values together, as it says. */
  peakBytes: number;
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
  let peakBytes = 0;
  const listen = (...said: unknown[]) => {
    const found = /(\S+)\s+(model|KV|output|compute) buffer size =\s*([\d.]+) MiB/.exec(said.join(' '));
    if (found === null) return;
    const [, place, kind, size] = found;
    if (kind === 'model') places.add(place);
    peakBytes += Number(size) * 2 ** 20;
  };
  const warn = (...said: unknown[]) => {
    console.warn(...said);
  };
  const logger = { debug: listen, log: listen, warn, error: warn };
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
    const threads = wllama.getNumThreads();
    return { tokensPerSecond: rate, tokens: decoded, places: [...places], threads, peakBytes, version };
  } finally {
    await wllama.exit();
  }
}
