import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { SyntheticName } from '../model/shapes';
import type { Failure, PyTorchResult } from '../report/peer-results';
import { reasonOf } from './failure';

interface Output {
  torch: string;
  device: string;
  models: Record<string, Pick<PyTorchResult, 'tokensPerSecond' | 'low' | 'high' | 'peakBytes' | 'parameters'>>;
}

/** Milliseconds for one model. */
const PATIENCE = 120_000;

/** Runs the plain PyTorch model, in a process of its own so that all of its memory is free again. @param root of the repository */
export function measurePyTorch(root: string, model: SyntheticName): PyTorchResult | Failure {
  const script = join(root, 'bench/peers/pytorch/hgrn.py');
  const options = { encoding: 'utf8', timeout: PATIENCE } as const;
  const { status, stdout, stderr, error } = spawnSync('python3', [script, '--models', model], options);
  if (error) return { error: error.message };
  if (status !== 0) return { error: `python3 gave ${status}: ${stderr.trim().split('\n').at(-1)}` };
  try {
    const { torch, device, models } = JSON.parse(stdout) as Output;
    return { ...models[model], torch, device };
  } catch (failure) {
    return { error: reasonOf(failure) };
  }
}
