import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseConfig } from '../../src/model/config';
import type { ModelConfig } from '../../src/model/config';
import { parseManifest, shardsOf } from '../../src/model/manifest';
import type { Manifest } from '../../src/model/manifest';
import type { LayerWeights, ModelWeights, TernaryMatrix } from '../../src/model/oracle/weights';
import { PackReader } from '../../src/model/shard-reader';
import { packTensors } from '../../src/model/tensors';
import { decodeTernary } from '../../src/model/ternary';
import { decodeFloats } from '../../tools/float-values';

/** A pack on disk, read whole. */
export interface PackOnDisk {
  manifest: Manifest;
  config: ModelConfig;
  /** The bytes of every logical tensor, by name. */
  tensors: ReadonlyMap<string, Uint8Array>;
}

export async function readPack(folder: string): Promise<PackOnDisk> {
  const json = async (name: string): Promise<unknown> => JSON.parse(await readFile(join(folder, name), 'utf8'));
  const manifest = parseManifest(await json('sterna.json'), 'sterna.json');
  const config = parseConfig(await json('config.json'), 'config.json');
  const tensors = new Map(
    packTensors(config, manifest.embeddings).map(({ name, byteLength }) => [name, new Uint8Array(byteLength)]),
  );
  const reader = new PackReader(config, manifest.embeddings);
  for (const file of shardsOf(manifest)) {
    reader.beginShard(file);
    const bytes = new Uint8Array(await readFile(join(folder, file.path)));
    for (const portion of reader.push(bytes)) tensors.get(portion.name)?.set(portion.bytes, portion.byteOffset);
  }
  reader.finish();
  return { manifest, config, tensors };
}

/** The floats of an F32 tensor of a pack. */
export function packFloats(pack: PackOnDisk, name: string): Float32Array {
  return decodeFloats(packBytes(pack, name), 'F32');
}

/** A ternary matrix of a pack, `name` without `.weight.codes`. */
export function packMatrix(pack: PackOnDisk, name: string): TernaryMatrix {
  const entry = packTensors(pack.config, pack.manifest.embeddings).find(
    (tensor) => tensor.name === `${name}.weight.codes`,
  );
  if (entry === undefined) throw new Error(`the model has no matrix ${name}`);
  const [rows, columns] = entry.shape;
  const codes = decodeTernary(packBytes(pack, entry.name), rows * columns);
  return { rows, columns, codes, magnitude: packFloats(pack, `${name}.weight.magnitude`)[0] };
}

/** The model in a pack as the oracle runs it. Embeddings must be floats. */
export function packWeights(pack: PackOnDisk): ModelWeights {
  const { config, manifest } = pack;
  if (manifest.embeddings === 'I8') throw new Error('the embeddings are no floats');
  const bounds = config.useLowerBound ? packFloats(pack, 'model.lower_bounds_effective') : undefined;
  const layers = Array.from({ length: config.layerCount }, (_, index): LayerWeights => {
    const layer = `model.layers.${index}`;
    const matrix = (name: string) => packMatrix(pack, `${layer}.${name}`);
    const gain = (name: string) => packFloats(pack, `${layer}.${name}.weight`);
    return {
      attnNorm: gain('attn_norm'),
      iProj: matrix('attn.i_proj'),
      iNorm: gain('attn.i_proj.norm'),
      fProj: matrix('attn.f_proj'),
      fNorm: gain('attn.f_proj.norm'),
      gProj: matrix('attn.g_proj'),
      gNorm: gain('attn.g_proj.norm'),
      outputNorm: gain('attn.g_norm'),
      oProj: matrix('attn.o_proj'),
      oNorm: gain('attn.o_proj.norm'),
      mlpNorm: gain('mlp_norm'),
      gateProj: matrix('mlp.gate_proj'),
      gateNorm: gain('mlp.gate_proj.norm'),
      downProj: matrix('mlp.down_proj'),
      downNorm: gain('mlp.down_proj.norm'),
      lowerBound:
        bounds?.slice(index * config.stateSize, (index + 1) * config.stateSize) ?? new Float32Array(config.stateSize),
    };
  });
  return {
    embeddings: decodeFloats(packBytes(pack, 'model.embeddings.weight'), manifest.embeddings),
    layers,
    finalNorm: packFloats(pack, 'model.norm.weight'),
    head: packMatrix(pack, 'lm_head'),
    headNorm: packFloats(pack, 'lm_head.norm.weight'),
  };
}

/** The stored bytes of a tensor. */
export function packBytes(pack: PackOnDisk, name: string): Uint8Array {
  const bytes = pack.tensors.get(name);
  if (bytes === undefined) throw new Error(`the pack has no tensor ${name}`);
  return bytes;
}
