/**
 * Keeps every buffer that is destroyed from now on until the end, so that commands which were seen can be submitted again
 * although their owner is done with them.
 * @returns what ends it, and destroys them
 */
export function holdBuffers(): () => void {
  const original = Object.getOwnPropertyDescriptor(GPUBuffer.prototype, 'destroy');
  const destroy: unknown = original?.value;
  if (original === undefined || typeof destroy !== 'function') throw new TypeError('buffers cannot be held here');
  const held = new Set<GPUBuffer>();
  Object.defineProperty(GPUBuffer.prototype, 'destroy', {
    ...original,
    value: function (this: GPUBuffer) {
      held.add(this);
    },
  });
  return () => {
    Object.defineProperty(GPUBuffer.prototype, 'destroy', original);
    for (const buffer of held) buffer.destroy();
  };
}
