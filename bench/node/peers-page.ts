import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Browser, Page } from '@playwright/test';
import type { ModelConfig } from '../../src/model/config';
import { syntheticConfig, type SyntheticName } from '../model/shapes';
import type { EffortName } from '../measure/effort';
import type { OnnxEffort, OnnxTime } from '../peers/onnx/measure';
import { compare, ourTime, PREFILL_ROWS } from '../report/comparison';
import {
  type Failure,
  type OnnxResult,
  PROJECTIONS,
  type ProjectionName,
  type WllamaResult,
  type WllamaRun,
} from '../report/peer-results';
import type { ModelResult } from '../report/results';
import { HeapWatch } from './heap-watch';
import { type MatrixType, writeGguf } from './llama-gguf';

const ONNX_BLOCK_SIZES = [32, 128] as const;
/** With many rows one node keeps a GPU busy for long, and its output is large: fewer are enough for a chain. */
const ONNX_EFFORTS = {
  full: { runs: 5, warmMilliseconds: 100, nodes: { 1: 50, [PREFILL_ROWS]: 16 } },
  quick: { runs: 3, warmMilliseconds: 50, nodes: { 1: 50, [PREFILL_ROWS]: 16 } },
  smoke: { runs: 1, warmMilliseconds: 1, nodes: { 1: 2, [PREFILL_ROWS]: 2 } },
} as const;
const WLLAMA_TOKENS = 32;
/** Milliseconds to load and decode; it does not always say when it cannot go on. */
const WLLAMA_PATIENCE = 120_000;
const ALL_LAYERS = 999;

/** The page on which the peers run that run in a browser; a new one for each model, as not all of them free everything. */
export class PeersPage {
  /** @param url of the benchmark's server; @param packs folder that it serves as `packs/`; @param effort of ONNX Runtime's kernels */
  constructor(
    private readonly launch: () => Promise<Browser>,
    private readonly url: string,
    private readonly packs: string,
    private readonly effort: EffortName,
  ) {}

  /** ONNX Runtime's kernels for every projection of a model, ours beside them. */
  onnx(model: SyntheticName, bits: 2 | 4, ours: ModelResult | undefined): Promise<OnnxResult> {
    const { runs, warmMilliseconds, nodes } = ONNX_EFFORTS[this.effort];
    return this.#onPage(async (page) => {
      const result: OnnxResult = {};
      for (const projection of PROJECTIONS) {
        const [outputs, inputs] = projectionShape(projection, syntheticConfig(model));
        const compared = async (rows: 1 | typeof PREFILL_ROWS) => {
          const time = await fastest(page, { rows, outputs, inputs }, bits, {
            runs,
            warmMilliseconds,
            nodes: nodes[rows],
          });
          const theirs = {
            gpu: time.gpuMicroseconds,
            wall: time.wallMicroseconds,
            dispatches: time.dispatchesPerNode,
            blockSize: time.blockSize,
          };
          const dispatchNanoseconds = ours?.detail.floor?.dispatchNanoseconds;
          return compare(theirs, ours && ourTime(ours, projection, rows), dispatchNanoseconds);
        };
        result[projection] = { outputs, inputs, rows1: await compared(1), rows512: await compared(PREFILL_ROWS) };
      }
      return result;
    });
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
    try {
      await writeGguf(path, syntheticConfig(model), type);
      const { size: fileBytes } = await stat(path);
      return await this.#onPage(async (page) => {
        const heap = await HeapWatch.start(page);
        const running = page.evaluate(
          async ([file, layers, tokens]) => {
            if (sternaPeers === undefined) throw new TypeError('this is not the page of the peers');
            return sternaPeers.measureLlama(file, layers, tokens);
          },
          [`${this.url}packs/${name}`, layersOnGpu, WLLAMA_TOKENS] as const,
        );
        const run = await Promise.race([running, givenUp(WLLAMA_PATIENCE)]);
        return { ...run, fileBytes, peakBytes: await heap.stop() };
      });
    } catch (error) {
      return { error: error instanceof Error ? error.message.split('\n')[0] : String(error) };
    } finally {
      await rm(path, { force: true });
    }
  }

  async #onPage<Result>(work: (page: Page) => Promise<Result>): Promise<Result> {
    const browser = await this.launch();
    try {
      const page = await browser.newPage();
      await page.goto(`${this.url}peers/`);
      await page.waitForFunction('globalThis.sternaPeers');
      return await work(page);
    } finally {
      await browser.close();
    }
  }
}

async function givenUp(milliseconds: number): Promise<never> {
  await setTimeout(milliseconds, undefined, { ref: false });
  throw new Error(`no answer within ${milliseconds / 1000} s`);
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

/** The best of the block sizes that ONNX Runtime has kernels for. */
async function fastest(
  page: Page,
  shape: { rows: number; outputs: number; inputs: number },
  bits: 2 | 4,
  effort: OnnxEffort,
): Promise<OnnxTime> {
  const times: OnnxTime[] = [];
  for (const blockSize of ONNX_BLOCK_SIZES.filter((size) => shape.inputs % size === 0)) {
    const time = await page.evaluate(
      async ([matrix, quantisation, chosen]) => {
        if (sternaPeers === undefined) throw new TypeError('this is not the page of the peers');
        return sternaPeers.measureMatMul(matrix, quantisation, chosen);
      },
      [shape, { bits, blockSize }, effort] as const,
    );
    times.push(time);
  }
  const byTime = times.toSorted(
    (a, b) => (a.gpuMicroseconds ?? a.wallMicroseconds) - (b.gpuMicroseconds ?? b.wallMicroseconds),
  );
  return byTime[0];
}
