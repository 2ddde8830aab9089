import { CheckpointError } from '../src/errors';
import type { ModelConfig } from '../src/model/config';
import { headProjection, layerProjections } from '../src/model/tensors';
import type { CheckpointTensor } from './checkpoint';

/** Names of unknown tensors that a message lists before it only counts them. */
const LISTED_NAMES = 3;

/** Names and shapes of the tensors that a checkpoint of this config has. Source: docs/MODEL.md section 8. */
export function checkpointShapes(config: ModelConfig): Map<string, number[]> {
  const { vocabSize, hiddenSize, stateSize, layerCount } = config;
  const shapes = new Map<string, number[]>([['model.embeddings.weight', [vocabSize, hiddenSize]]]);
  if (config.useLowerBound) shapes.set('model.lower_bounds', [layerCount, stateSize]);
  const head = headProjection(config);
  const projections = [head];
  for (let layer = 0; layer < layerCount; layer++) {
    shapes.set(`model.layers.${layer}.attn_norm.weight`, [hiddenSize]);
    shapes.set(`model.layers.${layer}.attn.g_norm.weight`, [stateSize]);
    shapes.set(`model.layers.${layer}.mlp_norm.weight`, [hiddenSize]);
    projections.push(...layerProjections(config, layer));
  }
  shapes.set('model.norm.weight', [hiddenSize]);
  for (const { name, rows, columns } of projections) {
    shapes.set(`${name}.weight`, [rows, columns]);
    shapes.set(`${name}.norm.weight`, [columns]);
  }
  if (config.tieWordEmbeddings) shapes.delete(`${head.name}.weight`);
  return shapes;
}

/** @throws CheckpointError naming the tensor that is missing, misshapen or unknown. */
export function checkShapes(config: ModelConfig, tensors: ReadonlyMap<string, CheckpointTensor>): void {
  const wanted = checkpointShapes(config);
  for (const [name, shape] of wanted) {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new CheckpointError('is missing from the checkpoint', { field: name });
    if (tensor.shape.length !== shape.length || tensor.shape.some((length, index) => length !== shape[index])) {
      const reason = `has shape [${tensor.shape.join(', ')}], but config.json asks for [${shape.join(', ')}]`;
      throw new CheckpointError(reason, { file: tensor.file, field: name });
    }
  }
  const unknown = [...tensors.keys()].filter((name) => !wanted.has(name));
  if (unknown.length === 0) return;
  const more = unknown.length > LISTED_NAMES ? ` and ${unknown.length - LISTED_NAMES} more` : '';
  const names = unknown.slice(0, LISTED_NAMES).join(', ');
  throw new CheckpointError(`the checkpoint has tensors that this model has no place for: ${names}${more}`);
}
