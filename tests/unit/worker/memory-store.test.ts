import { describe } from 'vitest';
import { MemoryStore } from '../../../src/worker/memory-store';
import { itBehavesAsChunkStore } from '../../support/chunk-store-behaviour';

describe('MemoryStore', () => {
  itBehavesAsChunkStore(() => new MemoryStore());
});
