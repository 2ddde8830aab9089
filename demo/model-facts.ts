import type { EngineInfo } from '../src/api';
import { megabytes } from './format';

/** The model's name and size in one line: what the browser keeps of it, and what it takes on the GPU. */
export function modelFacts({ name, packBytes, stored, gpuBytes }: EngineInfo): string {
  const onGpu = Object.values(gpuBytes).reduce((sum, bytes) => sum + bytes, 0);
  return `${name} · ${megabytes(packBytes)} ${stored ? 'stored' : 'not stored'} · ${megabytes(onGpu)} on the GPU`;
}
