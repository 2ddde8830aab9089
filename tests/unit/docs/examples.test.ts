import { join } from 'node:path';
import type { Tokens } from 'marked';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { subPaths } from '../../../scripts/sub-paths.js';
import { documents } from '../../support/documents';

const root = join(import.meta.dirname, '../../..');

/** As much of React's types as the examples use: React itself is no part of the project. */
const REACT = `
  declare module 'react' {
    export function useState<T>(): [T | undefined, (value: T) => void];
    export function useState<T>(initial: T): [T, (value: T | ((before: T) => T)) => void];
    export function useEffect(effect: () => () => void, dependencies: readonly unknown[]): void;
    export interface HTMLAttributes<T> { ref?: (element: T) => void }
    export type DetailedHTMLProps<E extends HTMLAttributes<T>, T> = E;
  }
  declare namespace JSX {
    interface Props { children?: unknown; name?: string; disabled?: boolean; 'aria-label'?: string }
    interface IntrinsicElements {
      form: Props & { action: (form: FormData) => Promise<void> };
      input: Props;
      button: Props;
      p: Props;
    }
  }
`;
const reactFile = join(root, 'docs/react.d.ts');

/** Blocks marked `ts` or `tsx` are ours, and checked; those of other libraries are marked `js`. */
const examples = documents().flatMap(({ name, tokens }) =>
  tokens
    .filter((token): token is Tokens.Code => token.type === 'code' && /^tsx?$/.test(String(token.lang)))
    .map(({ text, lang = '' }, index) => ({
      name,
      file: join(root, `${name}-${index + 1}.${lang}`),
      code: lang === 'ts' ? asModule(text) : text,
    })),
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
  const options: ts.CompilerOptions = { ...config?.options, noUnusedLocals: false, jsx: ts.JsxEmit.Preserve, paths };
  const codes = new Map([[reactFile, REACT], ...examples.map(({ file, code }) => [file, code] as const)]);
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
