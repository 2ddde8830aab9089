import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { launchOptions } from './scripts/chromium.js';
import { browserStateCommands } from './tests/support/browser-state-commands.ts';
import { heapCommands } from './tests/support/heap-commands.ts';
import { hostCommands } from './tests/support/host-commands.ts';

/** A project whose tests run in a Chromium of its own, beside those of other projects that are run with it. */
function inChromium(name: string, ...folders: string[]) {
  return {
    // Those that only the worker imports are else found in the middle of a test, which Vite answers with a reload.
    optimizeDeps: {
      include: [
        'ai',
        'ajv/dist/2020',
        '@huggingface/jinja',
        '@huggingface/tokenizers',
        '@mlc-ai/web-xgrammar',
        'comlink',
        'dompurify',
        'fast-check',
        'idb-keyval',
        'marked',
        'openai',
        'p-retry',
        'valibot',
      ],
    },
    test: {
      name,
      include: folders.map((folder) => `tests/${folder}/**/*.test.ts`),
      testTimeout: 120_000,
      fileParallelism: false,
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: playwright({ launchOptions: launchOptions() }),
        commands: { ...heapCommands, ...hostCommands, ...browserStateCommands },
        instances: [{ browser: 'chromium' as const }],
      },
    },
  };
}

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          include: ['tests/unit/**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      // What takes as long as it takes: SwiftShader compiles on one core, so two browsers get on faster than one.
      inChromium('kernels', 'kernels', 'interfaces'),
      inChromium('models', 'models'),
      // What tells whether work stops, waits or is let go in time: on a machine that does nothing else.
      inChromium('gpu', 'gpu'),
    ],
  },
});
