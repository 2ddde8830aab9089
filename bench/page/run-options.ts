import * as v from 'valibot';
import { TUNING_NAMES } from '../../src/model/plan/candidates';
import type { SubjectOptions } from '../measure/subject';
import { type Effort, EFFORTS, type EffortName } from '../measure/effort';

/** What a run of sections takes beside their names. */
export interface RunOptions extends SubjectOptions {
  effort: EffortName;
  /** Instead of what the effort says. */
  changes: Partial<Effort>;
}

const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const shape = v.strictObject({
  workgroup: v.exactOptional(count),
  lanes: v.exactOptional(count),
  rowsPerTeam: v.exactOptional(count),
  rounds: v.exactOptional(count),
  early: v.exactOptional(count),
});
const tuning = {
  codes: v.exactOptional(v.picklist(['two-bit', 'base-3'])),
  plan: v.exactOptional(v.picklist(['fused', 'split'])),
  workgroup: v.exactOptional(count),
  team: v.exactOptional(v.picklist(['subgroup', 'workgroup', 'single'])),
  subgroup: v.exactOptional(count),
  unroll: v.exactOptional(v.boolean()),
  ahead: v.exactOptional(v.boolean()),
  shapes: v.exactOptional(v.record(v.picklist(['mix', 'output', 'gateUp', 'down', 'head']), shape)),
  tokensPerBlock: v.exactOptional(count),
  prefill: v.exactOptional(v.picklist(['tiles', 'rows'])),
  tilesFrom: v.exactOptional(count),
  tilesWanted: v.exactOptional(count),
  tileTokens: v.exactOptional(count),
  tileRows: v.exactOptional(count),
  tileWords: v.exactOptional(count),
  threadTokens: v.exactOptional(count),
};

const schema = v.object({
  effort: v.optional(v.picklist(Object.keys(EFFORTS) as EffortName[]), 'full'),
  seed: v.optional(v.pipe(v.number(), v.integer()), 1),
  embeddings: v.optional(v.picklist(['F16', 'I8']), 'F16'),
  tuning: v.exactOptional(v.picklist(TUNING_NAMES)),
  changes: v.optional(
    v.strictObject({
      runs: v.exactOptional(count),
      runMilliseconds: v.exactOptional(count),
      warmMilliseconds: v.exactOptional(count),
      contexts: v.exactOptional(v.array(v.pipe(v.number(), v.integer(), v.minValue(2)))),
      prompts: v.exactOptional(v.array(count)),
      kernelRepetitions: v.exactOptional(count),
      bandwidthBytes: v.exactOptional(count),
      dotGroups: v.exactOptional(count),
    }),
    {},
  ),
  device: v.optional(
    v.strictObject({
      withhold: v.exactOptional(v.array(v.picklist(['subgroups', 'subgroup_id', 'packed_4x8_integer_dot_product']))),
      defaultLimits: v.exactOptional(v.boolean()),
    }),
    {},
  ),
  model: v.optional(
    v.strictObject({
      ...tuning,
      memory: v.exactOptional(v.picklist(['fast', 'compact'])),
      pace: v.exactOptional(v.strictObject({ stepsPerSubmit: count, submitsInFlight: count })),
      prefillPace: v.exactOptional(v.strictObject({ sliceTokens: count, slicesInFlight: count })),
    }),
    {},
  ),
});

/** What is asked of the page, checked. @throws ValiError naming the option that is wrong */
export function parseRunOptions(options: unknown, bundledUrl: string): RunOptions {
  return { ...v.parse(schema, options), bundledUrl };
}
