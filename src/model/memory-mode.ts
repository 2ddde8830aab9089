import type { CodeFormat } from './plan/code-format';

/** What matters more of a model: its speed, or that it takes little memory. Texts are the same. */
export type MemoryMode = 'fast' | 'compact';

interface MemoryChoice {
  codes: CodeFormat;
  /** Bytes of working memory that the tokens of a prefill slice may take. */
  sliceBytes: number;
}

export const MEMORY_CHOICES: Record<MemoryMode, MemoryChoice> = {
  fast: { codes: 'two-bit', sliceBytes: 10 * 2 ** 20 },
  compact: { codes: 'base-3', sliceBytes: 4 * 2 ** 20 },
};
