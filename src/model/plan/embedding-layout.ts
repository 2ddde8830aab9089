import type { ModelConfig } from '../config';
import { EMBEDDING_BYTES, type EmbeddingType } from '../tensors';

/** Rows of the embedding table that share a buffer, as a table may be larger than one binding. */
export interface EmbeddingSegment {
  firstRow: number;
  rows: number;
  /** Bytes of its part of the table. */
  bytes: number;
}

/** Cuts the table into segments of at most `bindingBytes`; a segment is a multiple of 4 rows, so of 4 bytes. */
export function embeddingSegments(config: ModelConfig, type: EmbeddingType, bindingBytes: number): EmbeddingSegment[] {
  const rowBytes = config.hiddenSize * EMBEDDING_BYTES[type];
  const rowsAtMost = Math.max(4, Math.floor(bindingBytes / rowBytes / 4) * 4);
  const segments: EmbeddingSegment[] = [];
  for (let firstRow = 0; firstRow < config.vocabSize; firstRow += rowsAtMost) {
    const rows = Math.min(rowsAtMost, config.vocabSize - firstRow);
    segments.push({ firstRow, rows, bytes: rows * rowBytes });
  }
  return segments;
}
