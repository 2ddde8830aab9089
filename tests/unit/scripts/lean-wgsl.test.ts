import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { leanWgsl } from '../../../scripts/lean-wgsl.js';
import { shortLocals } from '../../../scripts/wgsl-locals.js';
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

/** Where a function uses a name that it declares too, but not for that place: there it would be another one's. */
function usesOutOfScope(code: string): string[] {
  const words: string[] = code.replaceAll(/\.\w+|@builtin\(\w+\)/g, '').match(/\w+|\S/g) ?? [];
  const isDeclared = (index: number) => ['let', 'var', 'const'].includes(words[index - 1] ?? '');
  const parameters = words.slice(0, words.indexOf('{')).filter((_, index) => words[index + 1] === ':');
  const locals = [...parameters, ...words.filter((_, index) => isDeclared(index))];
  // What is called as well keeps its name.
  const names = new Set(locals.filter((name) => !code.includes(`${name}(`)));
  const scopes = [new Set(parameters)];
  let declared: string | undefined;
  return words.slice(words.indexOf('{')).filter((word, offset) => {
    if (word === '{') scopes.push(new Set());
    if (word === '}') scopes.pop();
    if (word === ';' && declared !== undefined) {
      scopes.at(-1)?.add(declared);
      declared = undefined;
    }
    if (isDeclared(offset + words.indexOf('{'))) declared = word;
    else return names.has(word) && !scopes.some((scope) => scope.has(word));
    return false;
  });
}

describe('kernels in a build', () => {
  it('have no comments and indents, and one line for each declaration', () => {
    expect(lean('// Why.\n\nfn f() {  // here\n  g();\n\n}\n')).toBe('\nfn f(){g();}');
  });

  it('have no spaces but between words, and between operators that would become another one', () => {
    const code = 'let a: vec2<u32> = vec2(b + c, d - -e);\nif (a < b && !(c >= d)) { return (a) * (b) & &c; }';
    expect(lean(code)).toBe('let a:vec2<u32> = vec2(b+c,d - -e);if(a < b&&!(c >= d)){return(a)*(b)& &c;}');
  });

  it('keep what is to be written out, in the form that it is looked for', () => {
    const loop = '/*unroll*/ for (var i = 0u; i < N; i++) {';
    expect(lean(`{\n  ${loop}\n    f(i);\n  }`)).toBe(`{${loop}f(i);}`);
  });

  it.each(SHADERS)('%s keeps its code but for its names', (name) => {
    const words = (code: string) => code.match(/\w+|\/\*unroll\*\/ for|\S/g) ?? [];
    const before = words(textOf(name));
    const after = words(lean(textOf(name))).map((word) => original.get(word) ?? word);
    expect(after.length).toBe(before.length);
    // Within a function, one name stands for one name, both ways.
    let to = new Map<string, string>();
    let from = new Map<string, string>();
    before.forEach((word, index) => {
      const now = after[index] ?? '';
      if (word === 'fn') {
        to = new Map();
        from = new Map();
      }
      // A member's name is no variable's, also where it is spelled alike.
      if (before[index - 1] === '.' || before[index - 2] === 'builtin') {
        expect(now).toBe(word);
        return;
      }
      expect([to.get(word) ?? now, from.get(now) ?? word]).toEqual([now, word]);
      to.set(word, now);
      from.set(now, word);
    });
  });

  it.each(SHADERS)('%s uses a name that a function declares within its scope only', (name) => {
    const functions = textOf(name).match(/^fn .*?^}/gms) ?? [];
    expect(functions.flatMap(usesOutOfScope)).toEqual([]);
  });

  it('would be told of a name that a function has for itself and from outside', () => {
    expect(usesOutOfScope('fn f(a: u32) {\n  let b = b[a];\n}')).toEqual(['b']);
    expect(usesOutOfScope('fn f() {\n  if true {\n    let b = 1;\n  }\n  g(b, 2.b);\n}')).toEqual(['b']);
    expect(usesOutOfScope('fn f(b: u32) {\n  let c = b;\n  if true {\n    let b = c + b;\n  }\n}')).toEqual([]);
  });

  it('have letters for what functions have for themselves, and for nothing else', () => {
    const code =
      'fn f(row: u32, b: Row) -> u32 {\n  let size = row + b.row;\n  let min = a;\n  return min(size, min);\n}';
    expect(shortLocals(code)).toBe(
      'fn f(b: u32, c: Row) -> u32 {\n  let d = b + c.row;\n  let min = a;\n  return min(d, min);\n}',
    );
  });

  it('have one short name for each name that they declare, and no word of theirs is one', () => {
    expect(original.size).toBe(names.size);
    const words = SHADERS.flatMap((name) => textOf(name).match(/\w+/g));
    expect(words.filter((word) => word !== null && original.has(word))).toEqual([]);
  });

  it('keep the names of what is set from outside, of swizzles and of what WGSL has', () => {
    const code = 'fn main(@builtin(workgroup_id) group: vec3u) {\nlet b = min(ROWS, group.x);\n}';
    expect(lean(code)).toBe('fn main(@builtin(workgroup_id)a:vec3u){let b=min(ROWS,a.x);}');
  });

  it('are told from other files, and from what is no text', () => {
    expect(built('export default "a // b"', 'a.ts')).toBeUndefined();
    expect(() => built('export default { a: 1 }', 'a.wgsl?raw')).toThrow('a.wgsl?raw');
  });
});
