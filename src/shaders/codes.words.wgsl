// The weights' buffer word by word (layer.wgsl says what it holds).
@group(1) @binding(0) var<storage, read> weights: array<u32>;
