/**
 * Gives the memory behind some bytes back now, where the engine can: many chunks would pile up before a garbage
 * collection. The bytes, and all views of their buffer, are empty afterwards.
 */
export function free(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && 'transfer' in buffer) buffer.transfer(0);
}
