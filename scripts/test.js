/**
 * `npm test`: every check and every test of the project, one after the other, then one line with the totals.
 * `npm run soak`, which is this with `--soak`: the same tests in their long forms.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { argv, env, execPath, exit } from 'node:process';

const root = join(import.meta.dirname, '..');
const PROGRAMS = {
  tsc: 'typescript/bin/tsc',
  eslint: 'eslint/bin/eslint.js',
  prettier: 'prettier/bin/prettier.cjs',
  vitest: 'vitest/vitest.mjs',
  playwright: '@playwright/test/cli.js',
  'size-limit': 'size-limit/bin.js',
  publint: 'publint/src/cli.js',
  attw: '@arethetypeswrong/cli/dist/index.js',
  typedoc: 'typedoc/bin/typedoc',
};

// Vite hands what begins so to the tests in the browser too.
if (argv.includes('--soak')) env.VITE_SOAK = '1';

/** Runs a program of node_modules with our standard output and error; true when it exited with 0. */
function run(program, ...args) {
  const path = join(root, 'node_modules', PROGRAMS[program]);
  return spawnSync(execPath, [path, ...args], { cwd: root, stdio: 'inherit' }).status === 0;
}

function build() {
  return spawnSync('npm run build', { cwd: root, stdio: 'inherit', shell: true }).status === 0;
}

function asOneTest(succeeded) {
  return { passed: succeeded ? 1 : 0, failed: succeeded ? 0 : 1, skipped: 0 };
}

/** Runs a test runner and counts by its JSON report. One that fails without a failing test, or leaves no report, counts as one failure. */
function countedBy(reportName, count, runTests) {
  const report = join(root, 'test-results', reportName);
  rmSync(report, { force: true });
  const succeeded = runTests(report);
  try {
    const counted = count(JSON.parse(readFileSync(report, 'utf8')));
    return succeeded || counted.failed > 0 ? counted : { ...counted, failed: 1 };
  } catch (error) {
    console.error(`${report} does not count the tests: ${error.message}`);
    return asOneTest(false);
  }
}

function vitest(...projects) {
  const count = ({ numPassedTests, numFailedTests, numPendingTests, numTodoTests }) => ({
    passed: numPassedTests,
    failed: numFailedTests,
    skipped: numPendingTests + numTodoTests,
  });
  const reporters = ['--reporter=default', '--reporter=json'];
  const chosen = projects.map((project) => `--project=${project}`);
  return countedBy(`${projects.join('-')}.json`, count, (report) =>
    run('vitest', 'run', ...chosen, ...reporters, `--outputFile.json=${report}`),
  );
}

function playwright() {
  const count = ({ stats }) => ({
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected,
    skipped: stats.skipped,
  });
  return countedBy('e2e.json', count, () => run('playwright', 'test'));
}

const steps = {
  Types: () => asOneTest(run('tsc', '-p', 'tsconfig.json') && run('tsc', '-p', 'tsconfig.node.json')),
  Lint: () => asOneTest(run('eslint', '.')),
  Format: () => asOneTest(run('prettier', '--check', '.')),
  'Unit tests, kernels, models and interfaces': () => vitest('unit', 'kernels', 'models'),
  'Runtime on WebGPU': () => vitest('gpu'),
  Build: () => asOneTest(build()),
  Size: () => asOneTest(run('size-limit')),
  Package: () =>
    asOneTest(run('publint', '--strict', '.') && run('attw', '--pack', '.', '--profile', 'esm-only', '--no-emoji')),
  Reference: () => asOneTest(run('typedoc')),
  'Whole browser': playwright,
};

const total = { passed: 0, failed: 0, skipped: 0 };
const summary = [];
for (const [name, step] of Object.entries(steps)) {
  console.log(`\n== ${name} ==`);
  const start = performance.now();
  const { passed, failed, skipped } = step();
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  const seconds = Math.round((performance.now() - start) / 1000);
  summary.push(`${name} in ${seconds} s: passed ${passed}, failed ${failed}, skipped ${skipped}`);
}
console.log(`\n${summary.join('\n')}\n`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
exit(total.failed === 0 ? 0 : 1);
