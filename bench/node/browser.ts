import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { CHROMIUM_FLAGS, findChromium } from '../../scripts/chromium.js';
import type { Arguments } from './arguments';

/** Without these, headless Chromium on Linux does WebGPU on the CPU although there is a GPU. */
const GPU_FLAGS = [
  '--ignore-gpu-blocklist',
  '--enable-features=Vulkan',
  '--use-angle=vulkan',
  '--disable-vulkan-surface',
];

/** Playwright's launch options: the browser that the tests use, with flags that give it the GPU where there is one. */
export async function browserOptions({ gpu, flagsFile }: Pick<Arguments, 'gpu' | 'flagsFile'>) {
  const executablePath = findChromium();
  return {
    args: flagsFile === undefined ? defaultFlags(gpu) : await readFlags(flagsFile),
    ...(executablePath === undefined ? {} : { executablePath }),
  };
}

function defaultFlags(gpu: Arguments['gpu']): string[] {
  const hasGpu = gpu === 'on' || (gpu === 'auto' && existsSync('/dev/nvidia0'));
  return hasGpu ? [...CHROMIUM_FLAGS, ...GPU_FLAGS] : CHROMIUM_FLAGS;
}

async function readFlags(file: string): Promise<string[]> {
  return (await readFile(file, 'utf8')).split(/\s+/).filter((flag) => flag !== '');
}
