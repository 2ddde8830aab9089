import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');

/** The examples of a document, each as a module of its own in which there is an engine. */
function examples(name: string): Map<string, string> {
  const text = readFileSync(join(root, 'docs', name), 'utf8');
  const blocks = Array.from(text.matchAll(/```ts\n([\s\S]*?)```/g), ([, code]) => code);
  const given = "import type { Engine } from 'sterna';\ndeclare const engine: Engine;\n";
  return new Map(
    blocks.map((code, index) => [
      join(root, `docs/example-${index + 1}.ts`),
      `${/\bconst engine\b/.test(code) ? '' : given}${code}\nexport {};\n`,
    ]),
  );
}

it.each([
  ['API.md', 6],
  ['BUNDLERS.md', 2],
  ['AI-SDK.md', 2],
  ['STRUCTURED.md', 3],
])('docs/%s: every example is right by its types', (name, least) => {
  const files = examples(name);
  expect(files.size).toBeGreaterThanOrEqual(least);
  const config = ts.getParsedCommandLineOfConfigFile(
    join(root, 'tsconfig.json'),
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: () => undefined,
    },
  );
  const options: ts.CompilerOptions = {
    ...config?.options,
    noUnusedLocals: false,
    paths: {
      sterna: [join(root, 'src/api/index.ts')],
      'sterna/ai-sdk': [join(root, 'src/api/ai-sdk/index.ts')],
      'sterna/grammar': [join(root, 'src/api/grammar/index.ts')],
    },
  };
  const host = ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  const fileExists = host.fileExists.bind(host);
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.fileExists = (path) => files.has(path) || fileExists(path);
  const program = ts.createProgram([...files.keys()], options, host);
  const wrong = [...files.keys()].flatMap((path) => ts.getPreEmitDiagnostics(program, program.getSourceFile(path)));
  expect(
    wrong.map(({ file, messageText }) => `${file?.text ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`),
  ).toEqual([]);
});
