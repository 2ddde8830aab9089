import type { BitLinearRow } from '../../src/model/oracle/bit-linear';
import type { BlockRow } from '../../src/model/oracle/block';
import { rowOf } from '../../src/model/oracle/row';
import type { Golden } from './goldens';

/** One recorded float tensor of one token, beside the value that is to equal it. */
export interface DetailPair {
  name: string;
  actual: Float32Array | Float64Array;
  golden: Float32Array;
}

/** One recorded quantised row of one token, beside the value that is to equal it. */
export interface QuantisedPair {
  name: string;
  actual: Int8Array;
  golden: Int8Array;
}

/** The recorded steps of sequence `key` at one token, paired with what was computed. */
export interface DetailPairs {
  floats: DetailPair[];
  quantised: QuantisedPair[];
}

/** Pairs one block on one token with its recording. */
export function blockDetail(golden: Golden, key: string, layer: number, position: number, row: BlockRow): DetailPairs {
  const prefix = `${key}.detail.layer${layer}`;
  const tokens = golden.floats(`${prefix}.attn.i_proj.act_scale`).length;
  const float = (name: string, actual: Float32Array | Float64Array): DetailPair => {
    return { name, actual, golden: rowOf(golden.floats(name), position, actual.length) };
  };
  const perHead = (name: string, actual: Float32Array | Float64Array): DetailPair => {
    return { name, actual, golden: headRows(golden.floats(name), golden.config.headCount, tokens, position) };
  };
  const projections: [string, BitLinearRow][] = [
    ['attn.i_proj', row.iProj],
    ['attn.f_proj', row.fProj],
    ['attn.g_proj', row.gProj],
    ['attn.o_proj', row.oProj],
    ['mlp.gate_proj', row.gateProj],
    ['mlp.down_proj', row.downProj],
  ];
  const pairs = projections.map(([name, projection]) => {
    return projectionDetail(golden, `${prefix}.${name}`, position, projection);
  });
  return {
    quantised: pairs.flatMap(({ quantised }) => quantised),
    floats: [
      ...pairs.flatMap(({ floats }) => floats),
      float(`${prefix}.attn_norm.out`, row.attnNorm),
      perHead(`${prefix}.attn.forget`, row.forget),
      perHead(`${prefix}.attn.rec_in`, row.candidate),
      perHead(`${prefix}.attn.rec_out`, row.state),
      float(`${prefix}.attn.g_norm.out`, row.gated),
      float(`${prefix}.attn.result`, row.oProj.output),
      float(`${prefix}.mlp_norm.residual`, row.residual),
      float(`${prefix}.mlp_norm.out`, row.mlpNorm),
      float(`${prefix}.mlp.out`, row.downProj.output),
      float(`${key}.layer${layer}.block_out`, row.output),
    ],
  };
}

/** Pairs the final norm and the head on one token with their recording. */
export function headDetail(golden: Golden, key: string, position: number, row: BitLinearRow): DetailPairs {
  const { floats, quantised } = projectionDetail(golden, `${key}.detail.lm_head`, position, row);
  const name = `${key}.detail.model.norm.out`;
  const norm = { name, actual: row.input, golden: rowOf(golden.floats(name), position, row.input.length) };
  return { floats: [...floats, norm], quantised };
}

function projectionDetail(golden: Golden, prefix: string, position: number, row: BitLinearRow): DetailPairs {
  const float = (name: string, actual: Float32Array | Float64Array): DetailPair => {
    return { name, actual, golden: rowOf(golden.floats(name), position, actual.length) };
  };
  const { length } = row.q;
  return {
    floats: [
      float(`${prefix}.in`, row.input),
      float(`${prefix}.norm`, row.normed),
      float(`${prefix}.act_scale`, Float32Array.of(row.scale)),
      float(`${prefix}.out`, row.output),
    ],
    quantised: [
      {
        name: `${prefix}.q`,
        actual: row.q,
        golden: golden.bytes(`${prefix}.q`).subarray(position * length, (position + 1) * length),
      },
    ],
  };
}

/** One token of a tensor recorded as `[heads, T, channels of a head]`, as `[D]`. */
function headRows(recorded: Float32Array, heads: number, tokens: number, position: number): Float32Array {
  const width = recorded.length / heads / tokens;
  const row = new Float32Array(heads * width);
  for (let head = 0; head < heads; head++) {
    row.set(rowOf(recorded, head * tokens + position, width), head * width);
  }
  return row;
}
