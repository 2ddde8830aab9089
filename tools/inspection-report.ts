import type { ModelConfig } from '../src/model/config';
import { packTensors } from '../src/model/tensors';
import type { PackTensor } from '../src/model/tensors';
import { formatBytes, formatCount, formatTable } from './format';
import { gpuMemory } from './gpu-memory';
import type { Inspection } from './inspect';

/** What `sterna inspect` prints: the model's shape, its tensors, bits per weight by kind, and sizes. */
export function inspectionReport({ manifest, config }: Inspection): string {
  const tensors = packTensors(config, manifest.embeddings);
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  const shards = manifest.files.filter(({ path }) => path.endsWith('.safetensors')).length;
  const memory = gpuMemory(config, manifest.embeddings);
  const memoryRows = [
    ['ternary matrices, 2 bits a weight', formatBytes(memory.ternary)],
    [`embeddings, ${manifest.embeddings}`, formatBytes(memory.embeddings)],
    ['gains, bounds and magnitudes, F32', formatBytes(memory.floats)],
    ['one recurrent state, F32', formatBytes(memory.state)],
    ['together', formatBytes(memory.ternary + memory.embeddings + memory.floats + memory.state)],
  ];
  return [
    `${manifest.name}: ${describeShape(config)}`,
    `${manifest.files.length} files, ${shards} of weights, ${formatCount(bytes)} bytes (${formatBytes(bytes)}): all there, every hash right`,
    '',
    ...formatTable([['tensor', 'shape', 'stored'], ...tensorRows(tensors, config.layerCount)]),
    '',
    ...formatTable([['kind', 'weights', 'bytes', 'bits a weight'], ...kindRows(tensors)]),
    '',
    'On the GPU, besides room for activations:',
    ...formatTable(memoryRows).map((line) => `  ${line}`),
  ].join('\n');
}

function describeShape(config: ModelConfig): string {
  return [
    `hidden size ${config.hiddenSize}`,
    `${config.layerCount} ${config.layerCount === 1 ? 'layer' : 'layers'}`,
    `${config.headCount} ${config.headCount === 1 ? 'head' : 'heads'}`,
    `state size ${config.stateSize}`,
    `intermediate size ${config.intermediateSize}`,
    `vocabulary ${config.vocabSize}`,
    config.useLowerBound ? 'lower bounds' : 'no lower bounds',
    config.tieWordEmbeddings ? 'tied head' : 'untied head',
  ].join(', ');
}

/** One row for each tensor; those that every layer has in one row, with `{layer}` for the number. */
function tensorRows(tensors: readonly PackTensor[], layerCount: number): string[][] {
  return tensors
    .filter(({ name }) => !name.startsWith('model.layers.') || name.startsWith('model.layers.0.'))
    .map(({ name, shape, byteLength }) => {
      const general = name.replace(/^model\.layers\.0\./, 'model.layers.{layer}.');
      const times = general === name ? '' : `${layerCount} × `;
      return [general, `${times}[${shape.join(', ')}]`, `${times}${formatCount(byteLength)}`];
    });
}

/** Weights, bytes and bits by kind. Scales and magnitudes count as bytes of what they scale, not as weights. */
function kindRows(tensors: readonly PackTensor[]): string[][] {
  const totals = new Map<string, { weights: number; bytes: number }>();
  for (const { name, kind, shape, byteLength } of tensors) {
    const scaled = name.endsWith('.magnitude') ? 'ternary' : name.endsWith('.scales') ? 'embedding' : undefined;
    const total = totals.get(scaled ?? kind) ?? { weights: 0, bytes: 0 };
    if (scaled === undefined) total.weights += shape.reduce((product, length) => product * length, 1);
    total.bytes += byteLength;
    totals.set(scaled ?? kind, total);
  }
  const all = { weights: 0, bytes: 0 };
  for (const { weights, bytes } of totals.values()) {
    all.weights += weights;
    all.bytes += bytes;
  }
  return [...totals, ['all', all] as const].map(([kind, { weights, bytes }]) => {
    return [kind, formatCount(weights), formatCount(bytes), ((8 * bytes) / weights).toFixed(3)];
  });
}
