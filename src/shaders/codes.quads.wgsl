// The weights' buffer in groups of four words, as 16 bytes are the most that one load takes (layer.wgsl says what it holds).
@group(1) @binding(0) var<storage, read> weights: array<vec4u>;
