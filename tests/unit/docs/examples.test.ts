import { join } from 'node:path';
import type { Tokens } from 'marked';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { subPaths } from '../../../scripts/sub-paths.js';
import { documents } from '../../support/documents';

const root = join(import.meta.dirname, '../../..');

/** Blocks marked `ts` are ours, and checked; those of other libraries are marked `js`. */
const examples = documents().flatMap(({ name, tokens }) =>
  tokens
    .filter((token): token is Tokens.Code => token.type === 'code' && token.lang === 'ts')
    .map(({ text }, index) => ({ name, file: join(root, `${name}-${index + 1}.ts`), code: asModule(text) })),
);
const documentsWithExamples = [...new Set(examples.map(({ name }) => name))];

/** An example as a module in which there is an engine. */
function asModule(code: string): string {
  const given = "import type { Engine } from 'sterna';\ndeclare const engine: Engine;\n";
  return `${/\bconst engine\b/.test(code) ? '' : given}${code}\nexport {};\n`;
}

/** What the compiler has against the examples, by the names of their documents. */
function complaints(): Map<string, string[]> {
  const config = ts.getParsedCommandLineOfConfigFile(
    join(root, 'tsconfig.json'),
    {},
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined },
  );
  const paths = Object.fromEntries(Array.from(subPaths(), ([name, source]) => [name, [source]]));
  const options: ts.CompilerOptions = { ...config?.options, noUnusedLocals: false, paths };
  const codes = new Map(examples.map(({ file, code }) => [file, code]));
  const host = ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  const fileExists = host.fileExists.bind(host);
  host.readFile = (path) => codes.get(path) ?? readFile(path);
  host.fileExists = (path) => codes.has(path) || fileExists(path);
  const program = ts.createProgram([...codes.keys()], options, host);
  const found = new Map<string, string[]>();
  for (const { name, file, code } of examples) {
    const wrong = ts
      .getPreEmitDiagnostics(program, program.getSourceFile(file))
      .map(({ messageText }) => `${code}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
    found.set(name, [...(found.get(name) ?? []), ...wrong]);
  }
  return found;
}

const wrong = complaints();

it.each(documentsWithExamples)('%s: every example is right by its types', (name) => {
  expect(wrong.get(name)).toEqual([]);
});

it('finds the examples', () => {
  expect(documentsWithExamples).toEqual(
    expect.arrayContaining(['docs/AI-SDK.md', 'docs/API.md', 'docs/BUNDLERS.md', 'docs/SESSIONS.md']),
  );
  expect(examples.length).toBeGreaterThanOrEqual(14);
});
