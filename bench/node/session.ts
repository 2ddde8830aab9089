import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { BUNDLED_FOLDER } from '../model/bundled';
import type { ModelName } from '../model/shapes';
import { withOurTimes } from '../report/comparison';
import { addSection, type Findings, type Results } from '../report/results';
import type { AnySection, Arguments } from './arguments';
import { BenchPage } from './bench-page';
import { browserOptions } from './browser';
import { gpuName } from './gpu-name';
import { measureLoad } from './load-section';
import { PeersPage } from './peers-page';
import { measurePyTorch } from './pytorch';
import { readResults, writeResults } from './results-file';
import { writeSyntheticPack } from './synthetic-pack';

const PACK_SEED = 1;

/** Where the benchmark's server has what. */
export interface Places {
  root: string;
  url: string;
  /** Folder that is served as `packs/`. */
  packs: string;
}

/** One run of the command line: sections of models, taken into a file of results. */
export class Session {
  private constructor(
    private readonly given: Arguments,
    private readonly places: Places,
    private readonly launch: Awaited<ReturnType<typeof browserOptions>>,
    private readonly page: BenchPage,
    private results: Results,
  ) {}

  /** Measures all that was asked for, as far as it can be; the file is written after each section. */
  static async run(given: Arguments, places: Places, commit: string): Promise<Results> {
    const launch = await browserOptions(given);
    const page = new BenchPage(() => chromium.launch(launch), places.url);
    const provenance = { commit, date: new Date().toISOString() };
    const before = await readResults(given.json);
    const results: Results = { gpu: '', browser: '', models: {}, peers: {}, ...before, ...provenance };
    const session = new Session(given, places, launch, page, results);
    try {
      for (const model of given.models) {
        for (const section of given.sections) {
          try {
            await session.#section(model, section);
          } catch (error) {
            console.error(`${model} ${section} failed:`, error);
            process.exitCode = 1;
            await page.close();
          }
        }
      }
    } finally {
      await page.close();
    }
    return session.results;
  }

  async #section(model: ModelName, section: AnySection): Promise<void> {
    const start = performance.now();
    // Others on the GPU and in memory would be measured too.
    if (section === 'load' || section === 'onnx' || section === 'wllama' || section === 'pytorch') {
      await this.page.close();
    }
    if (section === 'load') await this.#load(model);
    else if (section === 'onnx' || section === 'wllama' || section === 'pytorch') await this.#peer(model, section);
    else {
      const { adapter, result } = await this.page.measure(model, section, {
        effort: this.given.effort,
        ...this.given.options,
      });
      this.results.gpu = gpuName(adapter);
      this.#add(model, section, result);
    }
    this.results.browser = this.page.browser ?? this.results.browser;
    this.results = withOurTimes(this.results);
    await writeResults(this.given.json, this.results);
    console.log(`${model} ${section}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }

  async #load(model: ModelName): Promise<void> {
    const { url } = this.places;
    const { adapter, result } = await measureLoad(url, url + (await this.#packFolder(model)), this.launch);
    this.results.gpu = gpuName(adapter);
    this.#add(model, 'load', result);
  }

  async #peer(model: ModelName, section: 'onnx' | 'wllama' | 'pytorch'): Promise<void> {
    // Peers run published shapes alone.
    if (model === 'bundled') return;
    const { root, url, packs } = this.places;
    const { peers } = this.results;
    const { args, ...options } = this.launch;
    const launch = (flags: readonly string[]) => chromium.launch({ ...options, args: [...args, ...flags] });
    const page = new PeersPage(launch, url, packs, this.given.effort);
    if (section === 'onnx') {
      peers.ort2 = { ...peers.ort2, [model]: await page.onnx(model, 2) };
      peers.ort4 = { ...peers.ort4, [model]: await page.onnx(model, 4) };
    } else if (section === 'wllama') {
      peers.wllama = { ...peers.wllama, [model]: await page.wllama(model) };
    } else {
      peers.pytorch = { ...peers.pytorch, [model]: measurePyTorch(root, model) };
    }
  }

  #add<Name extends keyof Findings>(model: ModelName, section: Name, result: Findings[Name]): void {
    const { commit, date, models } = this.results;
    models[model] = addSection(models[model] ?? { detail: {}, measured: {} }, section, result, { commit, date });
  }

  /** The served folder of a model's pack, made up first where there is none. */
  async #packFolder(model: ModelName): Promise<string> {
    if (model === 'bundled') return BUNDLED_FOLDER;
    const folder = join(this.places.packs, model);
    const isThere = await stat(folder).then(
      () => true,
      () => false,
    );
    if (!isThere) await writeSyntheticPack(model, folder, PACK_SEED, 'F16');
    return `packs/${model}/`;
  }
}
