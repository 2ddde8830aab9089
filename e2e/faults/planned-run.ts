import { Random } from '../../tests/support/random';
import { FAULT_KINDS, type FaultKind, type PlannedFault } from './faults';

/** How often a chunk is asked for before a load fails; the faults that are to be survived come less often. */
export const TRIES = 4;

/** Faults beside a run's first: stalls take seconds, and no load survives a 404. */
const FURTHER_KINDS = FAULT_KINDS.filter((kind) => kind !== 'stall' && kind !== '404');

/** What is to happen in one run. */
export interface PlannedRun {
  random: Random;
  /** Whether the host honours Range headers. */
  ranges: boolean;
  /** Whether the pack lies on another origin than the page. */
  isForeign: boolean;
  faults: PlannedFault[];
  /** How the first load is broken off, and after how many milliseconds. */
  interruption: { by: 'abort' | 'closing'; after: number } | undefined;
}

/** The run of this number: from one seed always the same. */
export function planRun(
  seed: number,
  number: number,
  files: ReadonlyMap<string, Uint8Array>,
  chunkBytes: number,
): PlannedRun {
  const random = new Random(seed + number * 7919);
  const ranges = random.chance(0.8);
  // Faults of one whole-file answer would meet each other.
  const count = ranges ? random.integer(2, 3) : 1;
  const faults: PlannedFault[] = [];
  while (faults.length < count) {
    const kind = faults.length === 0 ? FAULT_KINDS[number % FAULT_KINDS.length] : random.pick(FURTHER_KINDS);
    // After one that is not to be survived another might never be met.
    const mayBeFatal = faults.every((earlier) => earlier.kind !== 'stall' && earlier.times < TRIES);
    const fault = planFault(kind, random, ranges, mayBeFatal, files, chunkBytes);
    if (!faults.some(({ path, begin }) => path === fault.path && begin === fault.begin)) faults.push(fault);
  }
  const by = random.chance(0.2) ? 'closing' : 'abort';
  const interruption = random.chance(0.3) ? ({ by, after: random.integer(1, 250) } as const) : undefined;
  return { random, ranges, isForeign: random.chance(0.5), faults, interruption };
}

function planFault(
  kind: FaultKind,
  random: Random,
  ranges: boolean,
  mayBeFatal: boolean,
  files: ReadonlyMap<string, Uint8Array>,
  chunkBytes: number,
): PlannedFault {
  // Of a manifest that cannot be read the load dies too.
  const paths = [...files.keys()].filter((path) => mayBeFatal || path !== 'sterna.json');
  const shard = paths.find((path) => path.endsWith('.safetensors')) ?? '';
  const path = random.chance(0.7) ? shard : random.pick(paths);
  const length = files.get(path)?.byteLength ?? 0;
  const isManifest = path === 'sterna.json';
  const chunks = Math.ceil(length / chunkBytes);
  const asksForEach = ranges || !['404', '429', '500'].includes(kind);
  const begin = isManifest || !asksForEach ? 0 : random.integer(0, chunks - 1) * chunkBytes;
  const end = isManifest ? length : Math.min(begin + chunkBytes, length);
  const isFatal = kind === '404' || (mayBeFatal && random.chance(kind === 'stall' ? 0.05 : 0.15));
  const most = { wrong: 1, stall: 1 }[kind as string] ?? TRIES - 1;
  return { kind, path, begin, end, times: isFatal ? Infinity : random.integer(1, most) };
}

/** How the loads of a run may fail: none where all faults are to be survived. */
export interface Expectation {
  /** Names of errors, each with what its message says. */
  errors: { name: string; says: string }[];
  /** Whether it must fail. */
  mustFail: boolean;
}

export function expectationOf({ faults }: PlannedRun): Expectation {
  const errors: Expectation['errors'] = [];
  let mustFail = false;
  for (const { kind, path, times } of faults) {
    const isManifest = path === 'sterna.json';
    const isUnreadable = isManifest && ['short', 'long', 'wrong'].includes(kind);
    if (isUnreadable) {
      // A byte of the manifest may be one that nothing hangs on, or name another file, chunk or shape.
      for (const name of ['PackError', 'DownloadError', 'CheckpointError', 'ConfigError', 'TokenizerError']) {
        errors.push({ name, says: '' });
      }
    } else if (kind === '404') {
      errors.push({ name: 'DownloadError', says: `${path}: the server answered 404` });
      mustFail = true;
    } else if (times === Infinity && kind !== 'long' && kind !== 'trickle') {
      const says = kind === 'wrong' ? 'has another SHA-256' : ['429', '500'].includes(kind) ? `answered ${kind}` : '';
      errors.push({ name: kind === 'wrong' ? 'PackError' : 'DownloadError', says });
      mustFail = true;
    }
  }
  return { errors, mustFail };
}
