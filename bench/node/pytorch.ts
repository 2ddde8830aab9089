import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { SyntheticName } from '../model/shapes';
import type { Failure, PyTorchResult } from '../report/peer-results';

interface Output {
  torch: string;
  device: string;
  models: Record<string, Pick<PyTorchResult, 'tokensPerSecond' | 'low' | 'high' | 'peakBytes' | 'parameters'>>;
}

/** Runs the plain PyTorch model, in a process of its own so that all of its memory is free again. @param root of the repository */
export function measurePyTorch(root: string, model: SyntheticName): PyTorchResult | Failure {
  const script = join(root, 'bench/peers/pytorch/hgrn.py');
  const { status, stdout, stderr, error } = spawnSync('python3', [script, '--models', model], { encoding: 'utf8' });
  if (status !== 0) return { error: error?.message ?? stderr.trim().split('\n').at(-1) ?? `python3 gave ${status}` };
  const { torch, device, models } = JSON.parse(stdout) as Output;
  return { ...models[model], torch, device };
}
