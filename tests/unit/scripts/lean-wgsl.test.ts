import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { leanWgsl } from '../../../scripts/lean-wgsl.js';

const SHADERS = join(import.meta.dirname, '../../../src/shaders');
const context = {
  error: (message: string) => {
    throw new Error(message);
  },
};

/** What a build makes of an imported file. */
function built(code: string, id: string): string | undefined {
  const plugin = { ...leanWgsl(), ...context } as unknown as {
    transform(code: string, id: string): { code: string } | undefined;
  };
  return plugin.transform(code, id)?.code;
}

const lean = (text: string) =>
  JSON.parse(
    built(`export default ${JSON.stringify(text)}`, 'a.wgsl?raw')?.replace('export default ', '') ?? '',
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

  it.each(readdirSync(SHADERS))('%s keeps its code', (name) => {
    const text = readFileSync(join(SHADERS, name), 'utf8');
    const words = (code: string) => code.match(/\w+|\/\*unroll\*\/ for \(.*?\{|\S/g);
    expect(words(lean(text))).toEqual(words(text.replaceAll(/^(.*?)\/\/.*$/gm, '$1')));
  });

  it('are told from other files, and from what is no text', () => {
    expect(built('export default "a // b"', 'a.ts')).toBeUndefined();
    expect(() => built('export default { a: 1 }', 'a.wgsl?raw')).toThrow('a.wgsl?raw');
  });
});
