import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { leanWgsl } from '../../../scripts/lean-wgsl.js';
import { shortNames } from '../../../scripts/wgsl-names.js';

const FOLDER = join(import.meta.dirname, '../../../src/shaders');
const SHADERS = readdirSync(FOLDER);
const names = shortNames(FOLDER);
const original = new Map([...names].map(([name, short]) => [short, name]));
const context = {
  error: (message: string) => {
    throw new Error(message);
  },
};

/** A kernel's file without its comments. */
const textOf = (name: string) => readFileSync(join(FOLDER, name), 'utf8').replaceAll(/\/\/.*$/gm, '');

/** What a build makes of an imported file. */
function built(code: string, id: string): string | undefined {
  const plugin = { ...leanWgsl(), ...context } as unknown as {
    transform(code: string, id: string): { code: string } | undefined;
  };
  return plugin.transform(code, id)?.code;
}

const lean = (text: string) =>
  JSON.parse(
    built(`export default ${JSON.stringify(text)}`, `${FOLDER}/a.wgsl?raw`)?.replace('export default ', '') ?? '',
  ) as string;

describe('kernels in a build', () => {
  it('have no comments, indents and empty lines', () => {
    expect(lean('// Why.\n\nfn f() {  // here\n  g();\n\n}\n')).toBe('\nfn f(){\ng();\n}\n');
  });

  it('have no spaces but between words, and between operators that would become another one', () => {
    const code = 'let a: vec2<u32> = vec2(b + c, d - -e);\nif (a < b && !(c >= d)) { return; }';
    expect(lean(code)).toBe('let a:vec2<u32> = vec2(b+c,d - -e);\nif(a < b && !(c >= d)){return;}');
  });

  it('keep what is to be written out, in the form that it is looked for', () => {
    const loop = '/*unroll*/ for (var i = 0u; i < N; i++) {';
    expect(lean(`{\n  ${loop}\n    f(i);\n  }`)).toBe(`{\n${loop}\nf(i);\n}`);
  });

  it.each(SHADERS)('%s keeps its code but for its names', (name) => {
    const text = textOf(name);
    const words = (code: string) => code.match(/\w+|\/\*unroll\*\/ for|\S/g) ?? [];
    const [before, after] = [words(text), words(lean(text))];
    expect(after.map((word) => original.get(word) ?? word)).toEqual(before);
  });

  it('have one short name for each name that they declare, and no word of theirs is one', () => {
    expect(original.size).toBe(names.size);
    const words = SHADERS.flatMap((name) => textOf(name).match(/\w+/g));
    expect(words.filter((word) => word !== null && original.has(word))).toEqual([]);
  });

  it('keep the names of what is set from outside, of swizzles and of what WGSL has', () => {
    const code = 'fn main(@builtin(workgroup_id) group: vec3u) {\nlet b = min(ROWS, group.x);\n}';
    expect(lean(code)).toBe('fn main(@builtin(workgroup_id)group:vec3u){\nlet b=min(ROWS,group.x);\n}');
  });

  it('are told from other files, and from what is no text', () => {
    expect(built('export default "a // b"', 'a.ts')).toBeUndefined();
    expect(() => built('export default { a: 1 }', 'a.wgsl?raw')).toThrow('a.wgsl?raw');
  });
});
