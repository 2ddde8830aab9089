import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Browser, Page } from '@playwright/test';
import type { ModelConfig } from '../../src/model/config';
import { syntheticConfig, type SyntheticName } from '../model/shapes';
import type { EffortName } from '../measure/effort';
import type { MatMulShape } from '../peers/onnx/chain';
import type { OnnxEffort, OnnxTime } from '../peers/onnx/measure';
import { compare, PREFILL_ROWS } from '../report/comparison';
import {
  type Failure,
  type KernelComparison,
  type OnnxResult,
  PROJECTIONS,
  type ProjectionName,
  type WllamaResult,
  type WllamaRun,
} from '../report/peer-results';
import { reasonOf } from './failure';
import { type MatrixType, writeGguf } from './llama-gguf';

const ONNX_BLOCK_SIZES = [32, 128] as const;
/** Of a chain whose block size is known to be the faster one. */
const ONNX_EFFORTS = {
  full: { nodes: 50, runs: 5, milliseconds: 500, warmMilliseconds: 200 },
  quick: { nodes: 50, runs: 3, milliseconds: 200, warmMilliseconds: 50 },
  smoke: { nodes: 2, runs: 1, milliseconds: 1, warmMilliseconds: 1 },
} as const;
/** Enough to tell which block size is faster. */
const ONNX_TRIAL = { nodes: 4, runs: 5, milliseconds: 50, warmMilliseconds: 20 };
/** Milliseconds for all chains of one model at one width of weights. */
const ONNX_PATIENCE = 100_000;
const WLLAMA_TOKENS = 32;
/** Milliseconds to load and decode; it does not always say when it cannot go on. */
const WLLAMA_PATIENCE = 120_000;
const ALL_LAYERS = 999;
/** llama.cpp's WebGPU needs halves, which Chromium on Linux gives of NVIDIA's GPUs only when asked. */
const HALVES_FLAG = '--enable-dawn-features=vulkan_enable_f16_on_nvidia';

/** The page on which the peers run that run in a browser; a new one for each model, as not all of them free everything. */
export class PeersPage {
  /**
   * @param launch a browser with these flags beside the usual ones
   * @param url of the benchmark's server
   * @param packs folder that it serves as `packs/`
   * @param effort of ONNX Runtime's kernels
   */
  constructor(
    private readonly launch: (flags: readonly string[]) => Promise<Browser>,
    private readonly url: string,
    private readonly packs: string,
    private readonly effort: EffortName,
  ) {}

  /** ONNX Runtime's kernels for every projection of a model, as far as it gets. */
  async onnx(model: SyntheticName, bits: 2 | 4): Promise<OnnxResult> {
    const result: OnnxResult = {};
    const measureAll = async (page: Page) => {
      for (const projection of PROJECTIONS) {
        const [outputs, inputs] = projectionShape(projection, syntheticConfig(model));
        const compared = (rows: number) =>
          fastest(page, { rows, outputs, inputs }, bits, ONNX_EFFORTS[this.effort]).then(comparison);
        result[projection] = { outputs, inputs, rows1: await compared(1), rows512: await compared(PREFILL_ROWS) };
      }
    };
    try {
      await this.#onPage([], ONNX_PATIENCE, measureAll);
    } catch (error) {
      result.error = reasonOf(error);
    }
    return result;
  }

  async wllama(model: SyntheticName): Promise<WllamaResult> {
    return {
      cpuTQ2_0: await this.#wllamaRun(model, 'TQ2_0', 0),
      webgpuQ4_0: await this.#wllamaRun(model, 'Q4_0', ALL_LAYERS),
    };
  }

  async #wllamaRun(model: SyntheticName, type: MatrixType, layersOnGpu: number): Promise<WllamaRun | Failure> {
    const name = `${model}.${type}.gguf`;
    const path = join(this.packs, name);
    let said = '';
    try {
      await writeGguf(path, syntheticConfig(model), type);
      const { size: fileBytes } = await stat(path);
      const run = await this.#onPage(layersOnGpu > 0 ? [HALVES_FLAG] : [], WLLAMA_PATIENCE, (page) => {
        page.on('console', (message) => {
          if (message.type() === 'error' || message.type() === 'warning') said = message.text();
        });
        return page.evaluate(
          async ([file, layers, tokens]) => {
            if (sternaPeers === undefined) throw new TypeError('this is not the page of the peers');
            return sternaPeers.measureLlama(file, layers, tokens);
          },
          [`${this.url}packs/${name}`, layersOnGpu, WLLAMA_TOKENS] as const,
        );
      });
      return { ...run, fileBytes };
    } catch (error) {
      return { error: [reasonOf(error), ...(said === '' ? [] : [`llama.cpp's last warning: ${said}`])].join('; ') };
    } finally {
      await rm(path, { force: true });
    }
  }

  async #onPage<Result>(
    flags: readonly string[],
    patience: number,
    work: (page: Page) => Promise<Result>,
  ): Promise<Result> {
    const browser = await this.launch(flags);
    try {
      const page = await browser.newPage();
      await page.goto(`${this.url}peers/`);
      await page.waitForFunction('globalThis.sternaPeers');
      const working = work(page);
      // Closing the browser makes it fail when it was given up.
      working.catch(() => undefined);
      return await Promise.race([working, givenUp(patience)]);
    } finally {
      await browser.close();
    }
  }
}

async function givenUp(milliseconds: number): Promise<never> {
  await setTimeout(milliseconds, undefined, { ref: false });
  throw new Error(`no answer within ${milliseconds / 1000} s`);
}

function comparison({ gpuMicroseconds, wallMicroseconds, dispatchesPerNode, blockSize }: OnnxTime): KernelComparison {
  const theirs = { gpu: gpuMicroseconds, wall: wallMicroseconds, dispatches: dispatchesPerNode, blockSize };
  return compare(theirs, undefined, undefined);
}

/** Rows and columns of all matrices of a projection together. */
function projectionShape(projection: ProjectionName, config: ModelConfig): [outputs: number, inputs: number] {
  const { hiddenSize, stateSize, intermediateSize, vocabSize } = config;
  const shapes: Record<ProjectionName, [number, number]> = {
    mix: [3 * stateSize, hiddenSize],
    output: [hiddenSize, stateSize],
    gateUp: [2 * intermediateSize, hiddenSize],
    down: [hiddenSize, intermediateSize],
    head: [vocabSize, hiddenSize],
  };
  return shapes[projection];
}

/** The time with the faster of the block sizes that ONNX Runtime has kernels for, by a trial of each. */
async function fastest(page: Page, shape: MatMulShape, bits: 2 | 4, effort: OnnxEffort): Promise<OnnxTime> {
  const measure = (blockSize: (typeof ONNX_BLOCK_SIZES)[number], chosen: OnnxEffort) =>
    page.evaluate(
      async ([matrix, quantisation, given]) => {
        if (sternaPeers === undefined) throw new TypeError('this is not the page of the peers');
        return sternaPeers.measureMatMul(matrix, quantisation, given);
      },
      [shape, { bits, blockSize }, chosen] as const,
    );
  const trials: { blockSize: (typeof ONNX_BLOCK_SIZES)[number]; time: number }[] = [];
  for (const blockSize of ONNX_BLOCK_SIZES.filter((size) => shape.inputs % size === 0)) {
    const { gpuMicroseconds, wallMicroseconds } = await measure(
      blockSize,
      effort.nodes < ONNX_TRIAL.nodes ? effort : ONNX_TRIAL,
    );
    trials.push({ blockSize, time: gpuMicroseconds ?? wallMicroseconds });
  }
  const [{ blockSize }] = trials.toSorted((a, b) => a.time - b.time);
  return measure(blockSize, effort);
}
