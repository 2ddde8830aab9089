import type { ModelConfig } from '../../src/model/config';
import { generateGreedily } from '../../src/model/oracle/generate';
import type { LayerWeights, ModelWeights, TernaryMatrix } from '../../src/model/oracle/weights';
import { packTensors } from '../../src/model/tensors';
import { decodeTernary } from '../../src/model/ternary';
import type { OpenDevice } from '../../src/worker/model';
import { FakeModel, openFake } from './fake-model';

/** Stands in for the GPU's model where many are loaded: its likeliest tokens come from the oracle, by the weights that were written. */
class OracleModel extends FakeModel {
  config: ModelConfig | undefined;

  constructor() {
    super([]);
  }

  override generate(...[prompt, options, signal]: Parameters<FakeModel['generate']>) {
    if (this.config === undefined) throw new Error('the model has not been made');
    const { ids } = generateGreedily(this.config, this.#weights(this.config), prompt, options.maxTokens);
    return new FakeModel(ids).generate(prompt, options, signal);
  }

  #weights(config: ModelConfig): ModelWeights {
    const tensors = new Map(packTensors(config, 'F32').map((tensor) => [tensor.name, tensor]));
    const bytesOf = (name: string): Uint8Array => {
      const bytes = new Uint8Array(tensors.get(name)?.byteLength ?? 0);
      for (const portion of this.written) if (portion.name === name) bytes.set(portion.bytes, portion.byteOffset);
      return bytes;
    };
    const floats = (name: string) => new Float32Array(bytesOf(name).buffer);
    const matrix = (name: string): TernaryMatrix => {
      const [rows, columns] = tensors.get(`${name}.weight.codes`)?.shape ?? [0, 0];
      const codes = decodeTernary(bytesOf(`${name}.weight.codes`), rows * columns);
      return { rows, columns, codes, magnitude: floats(`${name}.weight.magnitude`)[0] };
    };
    const layer = (_: unknown, index: number): LayerWeights => {
      const prefix = `model.layers.${index}`;
      return {
        attnNorm: floats(`${prefix}.attn_norm.weight`),
        iProj: matrix(`${prefix}.attn.i_proj`),
        iNorm: floats(`${prefix}.attn.i_proj.norm.weight`),
        fProj: matrix(`${prefix}.attn.f_proj`),
        fNorm: floats(`${prefix}.attn.f_proj.norm.weight`),
        gProj: matrix(`${prefix}.attn.g_proj`),
        gNorm: floats(`${prefix}.attn.g_proj.norm.weight`),
        outputNorm: floats(`${prefix}.attn.g_norm.weight`),
        oProj: matrix(`${prefix}.attn.o_proj`),
        oNorm: floats(`${prefix}.attn.o_proj.norm.weight`),
        mlpNorm: floats(`${prefix}.mlp_norm.weight`),
        gateProj: matrix(`${prefix}.mlp.gate_proj`),
        gateNorm: floats(`${prefix}.mlp.gate_proj.norm.weight`),
        downProj: matrix(`${prefix}.mlp.down_proj`),
        downNorm: floats(`${prefix}.mlp.down_proj.norm.weight`),
        // A model without lower bounds: what `byteConfig` describes.
        lowerBound: new Float32Array(config.stateSize),
      };
    };
    return {
      embeddings: floats('model.embeddings.weight'),
      layers: Array.from({ length: config.layerCount }, layer),
      finalNorm: floats('model.norm.weight'),
      head: matrix('lm_head'),
      headNorm: floats('lm_head.norm.weight'),
    };
  }
}

/** A device on which models are oracles. */
export const openOracleDevice: OpenDevice = async () => {
  const model = new OracleModel();
  const device = await openFake(model).open();
  return {
    ...device,
    createModel: (config, ...rest) => {
      model.config = config;
      return device.createModel(config, ...rest);
    },
  };
};
