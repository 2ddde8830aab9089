import * as v from 'valibot';
import { parseConfig } from '../../src/model/config';
import type { ModelConfig } from '../../src/model/config';
import type { ModelWeights } from '../../src/model/oracle/weights';
import { checkpointWeights, readCheckpoint } from './checkpoint';
import { fixtureFile } from './fixture-files';

/** The goldens in tests/fixtures/goldens; its README says what they are. */
export const GOLDEN_NAMES = ['a_h64_l2_lb', 'd_h64_l3_tied'] as const;

const indexSchema = v.object({
  name: v.string(),
  bin: v.string(),
  sequences: v.array(
    v.object({
      key: v.string(),
      input_ids: v.array(v.number()),
      detail: v.boolean(),
      min_round_margin: v.number(),
    }),
  ),
  greedy: v.object({ prompt: v.array(v.number()), tokens: v.array(v.number()), min_round_margin: v.number() }),
  tensors: v.record(
    v.string(),
    v.object({
      dtype: v.picklist(['f32', 'i8', 'i32']),
      shape: v.array(v.number()),
      offset: v.number(),
      nbytes: v.number(),
    }),
  ),
});

/** One run of the original code. */
export interface GoldenSequence {
  /** The prefix of its tensors' names: `seq0` … */
  key: string;
  ids: number[];
  /** Whether every step on the way was recorded, too. */
  detail: boolean;
  /** How close the closest activation came to a rounding boundary (docs/MODEL.md section 13). */
  roundingMargin: number;
}

/** A random checkpoint and what the original code made of it. */
export interface Golden {
  name: string;
  config: ModelConfig;
  /** The checkpoint's `config.json` and `model.safetensors`, byte by byte. */
  files: { config: Uint8Array; checkpoint: Uint8Array };
  weights: ModelWeights;
  sequences: GoldenSequence[];
  greedy: { prompt: number[]; ids: number[]; roundingMargin: number };
  /** Names of all recorded tensors. */
  tensorNames: string[];
  /** A recorded tensor of type f32, row-major. */
  floats(name: string): Float32Array;
  /** A recorded tensor of type i8, row-major. */
  bytes(name: string): Int8Array;
}

/** One of the goldens in tests/fixtures. */
export function fixtureGolden(name: string): Promise<Golden> {
  return loadGolden((file) => fixtureFile(`goldens/${name}/${file}`));
}

/** A golden from wherever `read` finds its files. */
export async function loadGolden(read: (file: string) => Promise<Uint8Array>): Promise<Golden> {
  const index = v.parse(indexSchema, parseJson(await read('goldens.json')));
  const [binary, config, checkpoint] = await Promise.all([
    read(index.bin),
    read('config.json'),
    read('model.safetensors'),
  ]);
  const parsed = parseConfig(parseJson(config), `${index.name}/config.json`);
  const tensor = (name: string, dtype: string) => {
    const entry = index.tensors[name] as (typeof index.tensors)[string] | undefined;
    if (entry?.dtype !== dtype) throw new Error(`golden ${index.name} has no tensor ${name} of type ${dtype}`);
    return binary.slice(entry.offset, entry.offset + entry.nbytes).buffer;
  };
  return {
    name: index.name,
    config: parsed,
    files: { config, checkpoint },
    weights: checkpointWeights(parsed, readCheckpoint(checkpoint)),
    sequences: index.sequences.map(({ key, input_ids: ids, detail, min_round_margin: roundingMargin }) => {
      return { key, ids, detail, roundingMargin };
    }),
    greedy: {
      prompt: index.greedy.prompt,
      ids: index.greedy.tokens,
      roundingMargin: index.greedy.min_round_margin,
    },
    tensorNames: Object.keys(index.tensors),
    floats: (name) => new Float32Array(tensor(name, 'f32')),
    bytes: (name) => new Int8Array(tensor(name, 'i8')),
  };
}

/** The state after a sequence, as the runtime holds it: `[L, D]`. */
export function goldenState(golden: Golden, key: string): Float32Array {
  const { layerCount, stateSize } = golden.config;
  const state = new Float32Array(layerCount * stateSize);
  for (let layer = 0; layer < layerCount; layer++) {
    state.set(golden.floats(`${key}.layer${layer}.state`), layer * stateSize);
  }
  return state;
}

function parseJson(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes));
}
