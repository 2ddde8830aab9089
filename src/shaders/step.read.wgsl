// Bound read-only, so that an early return on `ended` counts as uniform control flow before the barriers.
@group(0) @binding(0) var<storage, read> step: Step;
