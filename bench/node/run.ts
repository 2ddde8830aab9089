import { join } from 'node:path';
import { chromium, type Page } from '@playwright/test';
import type { SectionName } from '../measure/bench';
import type { ModelName } from '../model/shapes';
import { markdown } from '../report/markdown';
import { addSection, type Results } from '../report/results';
import { tables } from '../report/tables';
import { type Arguments, parseArguments, USAGE, UsageError } from './arguments';
import { browserOptions } from './browser';
import { gpuName } from './gpu-name';
import { readResults, writeResults } from './results-file';
import { serve } from './server';

declare const SOURCE_COMMIT: string;

/** The built runner lies in dist/bench/node. */
const ROOT = join(import.meta.dirname, '../../..');
const SERVED_PORT = 8471;

async function main(): Promise<void> {
  const given = parseArguments(process.argv.slice(2));
  if (given === undefined) {
    console.log(USAGE);
    return;
  }
  const mounts = { '': join(ROOT, 'dist/bench/page'), models: join(ROOT, 'models') };
  if (given.serve) {
    const { url } = await serve(mounts, SERVED_PORT);
    console.log(`The benchmark is at ${url}; Ctrl-C ends it.`);
    return;
  }
  const site = await serve(mounts);
  const browser = await chromium.launch(await browserOptions(given));
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => {
      console.error(`page: ${error.message}`);
    });
    await page.goto(site.url);
    await page.waitForFunction('globalThis.sternaBench');
    const results = await measureAll(page, given, `Chromium ${browser.version()}`);
    console.log(`\n${tables(results).map(markdown).join('\n')}`);
    console.log(`${results.browser} on ${results.gpu}, ${results.date}, commit ${results.commit}: ${given.json}`);
  } finally {
    await browser.close();
    await site.close();
  }
}

/** Writes the file after each section, so that what was measured outlives what fails or is stopped later. */
async function measureAll(page: Page, { models, sections, options, json }: Arguments, browser: string) {
  const provenance = { commit: SOURCE_COMMIT, date: new Date().toISOString() };
  const before = await readResults(json);
  const results: Results = { models: {}, gpu: '', ...before, ...provenance, browser };
  for (const model of models) {
    for (const section of sections) {
      const start = performance.now();
      const { adapter, result } = await measure(page, model, section, options);
      results.gpu = gpuName(adapter);
      const known = results.models[model] ?? { detail: {}, measured: {} };
      results.models[model] = addSection(known, section, result, provenance);
      await writeResults(json, results);
      console.log(`${model} ${section}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
    }
  }
  return results;
}

function measure(page: Page, model: ModelName, section: SectionName, options: Record<string, unknown>) {
  return page.evaluate(
    async ([name, part, chosen]) => {
      if (sternaBench === undefined) throw new TypeError('this is not the page of the benchmark');
      return sternaBench.measure(name, part, chosen);
    },
    [model, section, options] as const,
  );
}

try {
  await main();
} catch (error) {
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error);
  process.exitCode = 1;
}
