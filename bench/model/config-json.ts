import type { ModelConfig } from '../../src/model/config';

/** The HF `config.json` of a made-up model. */
export function configJson(config: ModelConfig): Record<string, unknown> {
  return {
    model_type: 'hgrn_bit',
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    num_hidden_layers: config.layerCount,
    num_heads: config.headCount,
    expand_ratio: config.stateSize / config.hiddenSize,
    intermediate_size: config.intermediateSize,
    rms_norm_eps: config.rmsNormEpsilon,
    use_lower_bound: config.useLowerBound,
    tie_word_embeddings: config.tieWordEmbeddings,
    bos_token_id: config.bosTokenId,
    eos_token_id: config.eosTokenIds,
    max_position_embeddings: config.maxPositionEmbeddings,
  };
}
