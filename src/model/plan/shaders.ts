import activationsComputed from '../../shaders/activations.computed.wgsl?raw';
import activationsStored from '../../shaders/activations.stored.wgsl?raw';
import ahead from '../../shaders/ahead.wgsl?raw';
import arithmetic from '../../shaders/arithmetic.wgsl?raw';
import dotPacked from '../../shaders/dot.packed.wgsl?raw';
import dotPlain from '../../shaders/dot.plain.wgsl?raw';
import embed from '../../shaders/embed.wgsl?raw';
import embeddingBf16 from '../../shaders/embedding.bf16.wgsl?raw';
import embeddingF16 from '../../shaders/embedding.f16.wgsl?raw';
import embeddingF32 from '../../shaders/embedding.f32.wgsl?raw';
import embeddingI8 from '../../shaders/embedding.i8.wgsl?raw';
import finishGlu from '../../shaders/finish.glu.wgsl?raw';
import finishLogits from '../../shaders/finish.logits.wgsl?raw';
import finishPreactivation from '../../shaders/finish.preactivation.wgsl?raw';
import finishProjection from '../../shaders/finish.projection.wgsl?raw';
import finishRecurrence from '../../shaders/finish.recurrence.wgsl?raw';
import finishResidual from '../../shaders/finish.residual.wgsl?raw';
import groupBase3 from '../../shaders/group.base3.wgsl?raw';
import groupTwoBit from '../../shaders/group.two_bit.wgsl?raw';
import layer from '../../shaders/layer.wgsl?raw';
import normalise from '../../shaders/normalise.wgsl?raw';
import quantise from '../../shaders/quantise.wgsl?raw';
import recurrence from '../../shaders/recurrence.wgsl?raw';
import reduceSubgroup from '../../shaders/reduce.subgroup.wgsl?raw';
import reduceWorkgroup from '../../shaders/reduce.workgroup.wgsl?raw';
import rowBlock from '../../shaders/row.block.wgsl?raw';
import rowGated from '../../shaders/row.gated.wgsl?raw';
import rowPlain from '../../shaders/row.plain.wgsl?raw';
import scan from '../../shaders/scan.wgsl?raw';
import segment from '../../shaders/segment.wgsl?raw';
import step from '../../shaders/step.wgsl?raw';
import stepRead from '../../shaders/step.read.wgsl?raw';
import sumSubgroup from '../../shaders/sum.subgroup.wgsl?raw';
import sumWorkgroup from '../../shaders/sum.workgroup.wgsl?raw';
import team from '../../shaders/team.wgsl?raw';
import ternaryRows from '../../shaders/ternary_rows.wgsl?raw';
import ternaryTile from '../../shaders/ternary_tile.wgsl?raw';
import tileCodesBase3 from '../../shaders/tile_codes.base3.wgsl?raw';
import tileCodesTwoBit from '../../shaders/tile_codes.two_bit.wgsl?raw';
import threadsPlain from '../../shaders/threads.plain.wgsl?raw';
import threadsSubgroup from '../../shaders/threads.subgroup.wgsl?raw';
import threadsSubgroupId from '../../shaders/threads.subgroup_id.wgsl?raw';
import working from '../../shaders/working.wgsl?raw';

/** WGSL of the step's kernels. Members of one group define the same functions and stand for each other. */
export const SHADERS = {
  /** What every kernel of a step begins with. */
  common: [step, stepRead, working, arithmetic],
  activations: { computed: activationsComputed, stored: activationsStored },
  dot: { packed: dotPacked, plain: dotPlain },
  embedding: { F32: embeddingF32, F16: embeddingF16, BF16: embeddingBf16, I8: embeddingI8 },
  finish: {
    glu: finishGlu,
    logits: finishLogits,
    preactivation: finishPreactivation,
    projection: finishProjection,
    recurrence: finishRecurrence,
    residual: finishResidual,
  },
  group: { 'two-bit': groupTwoBit, 'base-3': groupBase3 },
  tileCodes: { 'two-bit': tileCodesTwoBit, 'base-3': tileCodesBase3 },
  row: { block: rowBlock, gated: rowGated, plain: rowPlain },
  /** Where invocations of a subgroup work together, and where they do not need to know of it. */
  threads: { plain: threadsPlain, subgroup: threadsSubgroup, subgroup_id: threadsSubgroupId },
  sum: { subgroup: sumSubgroup, workgroup: sumWorkgroup },
  reduce: { subgroup: reduceSubgroup, workgroup: reduceWorkgroup },
  ahead,
  embed,
  layer,
  normalise,
  quantise,
  recurrence,
  scan,
  segment,
  team,
  ternaryRows,
  ternaryTile,
} as const;
