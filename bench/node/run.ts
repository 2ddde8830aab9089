import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { markdown } from '../report/markdown';
import { addSection, type Results } from '../report/results';
import { tables } from '../report/tables';
import { BUNDLED_FOLDER } from '../model/bundled';
import type { ModelName } from '../model/shapes';
import { type Arguments, parseArguments, USAGE, UsageError } from './arguments';
import { browserOptions } from './browser';
import { BenchPage } from './bench-page';
import { gpuName } from './gpu-name';
import { measureLoad } from './load-section';
import { readResults, writeResults } from './results-file';
import { serve } from './server';
import { writeSyntheticPack } from './synthetic-pack';

declare const SOURCE_COMMIT: string;

/** The built runner lies in dist/bench/node. */
const ROOT = join(import.meta.dirname, '../../..');
const SERVED_PORT = 8471;
const PACK_SEED = 1;

async function main(): Promise<void> {
  const given = parseArguments(process.argv.slice(2));
  if (given === undefined) {
    console.log(USAGE);
    return;
  }
  const packs = given.packs ?? (await mkdtemp(join(tmpdir(), 'sterna-bench-packs-')));
  const mounts = { '': join(ROOT, 'dist/bench/page'), models: join(ROOT, 'models'), packs };
  if (given.serve) {
    const { url } = await serve(mounts, SERVED_PORT);
    console.log(`The benchmark is at ${url}; Ctrl-C ends it.`);
    return;
  }
  const site = await serve(mounts);
  try {
    const results = await measureAll(given, site.url, packs);
    console.log(`\n${tables(results).map(markdown).join('\n')}`);
    console.log(`${results.browser} on ${results.gpu}, ${results.date}, commit ${results.commit}: ${given.json}`);
  } finally {
    await site.close();
    if (given.packs === undefined) await rm(packs, { recursive: true, force: true });
  }
}

/** Writes the file after each section, so that what was measured outlives what fails or is stopped later. */
async function measureAll(given: Arguments, url: string, packs: string): Promise<Results> {
  const { models, sections, options, json } = given;
  const launch = await browserOptions(given);
  const provenance = { commit: SOURCE_COMMIT, date: new Date().toISOString() };
  const before = await readResults(json);
  const page = new BenchPage(() => chromium.launch(launch), url);
  const results: Results = { models: {}, gpu: '', browser: '', ...before, ...provenance };
  try {
    for (const model of models) {
      for (const section of sections) {
        const start = performance.now();
        if (section === 'load') await page.close();
        const { adapter, result } =
          section === 'load'
            ? await measureLoad(url, url + (await packFolder(model, packs)), launch)
            : await page.measure(model, section, options);
        results.gpu = gpuName(adapter);
        results.browser = page.browser ?? results.browser;
        const known = results.models[model] ?? { detail: {}, measured: {} };
        results.models[model] = addSection(known, section, result, provenance);
        await writeResults(json, results);
        console.log(`${model} ${section}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
      }
    }
  } finally {
    await page.close();
  }
  return results;
}

/** The served folder of a model's pack, made up first where there is none. */
async function packFolder(model: ModelName, packs: string): Promise<string> {
  if (model === 'bundled') return BUNDLED_FOLDER;
  const folder = join(packs, model);
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  if (!isThere) await writeSyntheticPack(model, folder, PACK_SEED, 'F16');
  return `packs/${model}/`;
}

try {
  await main();
} catch (error) {
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error);
  process.exitCode = 1;
}
