// Group 1 where the embedding table is read: one segment of it, then float32 parameters: its first row and row count, and
// from the eighth on a scale a row, where the table has them.
@group(1) @binding(0) var<storage, read> table: array<u32>;
@group(1) @binding(1) var<storage, read> parameters: array<f32>;
