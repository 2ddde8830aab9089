/**
 * The effective lower bounds of the forget gates from the checkpoint's parameter: per channel a softmax over the layers,
 * then `lb_l = P_1 + … + P_l`, which is 0 in layer 0. Source: docs/MODEL.md section 5.
 *
 * @param parameter `model.lower_bounds`, `[L, D]` row-major
 * @returns `[L, D]` row-major, float32
 */
export function effectiveLowerBounds(parameter: Float32Array, layerCount: number, stateSize: number): Float32Array {
  const bounds = new Float32Array(layerCount * stateSize);
  for (let channel = 0; channel < stateSize; channel++) {
    const logits = Array.from({ length: layerCount }, (_, layer) => parameter[layer * stateSize + channel]);
    const largest = Math.max(...logits);
    const exponentials = logits.map((logit) => Math.exp(logit - largest));
    const total = exponentials.reduce((sum, exponential) => sum + exponential, 0);
    let running = 0;
    for (const [layer, exponential] of exponentials.entries()) {
      if (layer > 0) running += exponential / total;
      bounds[layer * stateSize + channel] = running;
    }
  }
  return bounds;
}
