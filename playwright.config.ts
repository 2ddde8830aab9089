import { defineConfig } from '@playwright/test';
import { launchOptions } from './scripts/chromium.js';

// SwiftShader computes on the CPU, seconds a token with the bundled model: hence the timeouts, and one page at a time.
const MINUTE = 60_000;

export default defineConfig({
  testDir: 'e2e',
  globalSetup: './e2e/support/build-fake-site.ts',
  outputDir: 'test-results/e2e',
  reporter: [['list'], ['json', { outputFile: 'test-results/e2e.json' }]],
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: process.env.CI !== undefined,
  timeout: 5 * MINUTE,
  expect: { timeout: MINUTE },
  use: { browserName: 'chromium', headless: true, launchOptions: launchOptions() },
});
