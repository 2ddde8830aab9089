import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { launchOptions } from './scripts/chromium.js';
import { browserStateCommands } from './tests/support/browser-state-commands.ts';
import { heapCommands } from './tests/support/heap-commands.ts';
import { hostCommands } from './tests/support/host-commands.ts';

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
      {
        // Those that only the worker imports are else found in the middle of a test, which Vite answers with a reload.
        optimizeDeps: {
          include: [
            'ai',
            '@huggingface/jinja',
            '@huggingface/tokenizers',
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
          name: 'gpu',
          include: ['tests/gpu/**/*.test.ts'],
          testTimeout: 120_000,
          fileParallelism: false,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: launchOptions() }),
            commands: { ...heapCommands, ...hostCommands, ...browserStateCommands },
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
