import { spawnSync } from 'node:child_process';
import type { AdapterDescription } from '../../src/gpu/device';

/** The GPU by its maker's name where the system tells it, as browsers hide it; else what the browser tells. */
export function gpuName({ vendor, architecture, description, fallback }: AdapterDescription): string {
  if (!fallback && vendor === 'nvidia') {
    const args = ['--query-gpu=name,driver_version', '--format=csv,noheader'];
    const { status, stdout } = spawnSync('nvidia-smi', args, { encoding: 'utf8' });
    if (status === 0) return stdout.trim().split('\n').join('; ');
  }
  return [vendor, architecture, description].filter((text) => text !== '').join(' ');
}
