import { dirname } from 'node:path';
import { shortNames } from './wgsl-names.js';

/** Spaces that part no two words, and without which no two operators become another one. */
const IDLE_SPACES = / *([,;:(){}[\]]) *|(?<=[\w)\]]) ([-+*/%=|^&]+) (?=[\w(])/g;

/**
 * A Vite plugin: kernels that are imported as text lose their comments, indents, idle spaces and long names in a build, as
 * users download them. Lines stay, as compilers name them; so do loops that `src/gpu/unroll.ts` looks for, by their spaces too.
 * @returns {import('vite').Plugin}
 */
export function leanWgsl() {
  const names = new Map();
  return {
    name: 'lean-wgsl',
    apply: 'build',
    enforce: 'post',
    transform(code, id) {
      if (!id.endsWith('.wgsl?raw')) return undefined;
      const text = /^export default ("(?:[^"\\]|\\.)*");?$/.exec(code.trim())?.[1];
      if (text === undefined) this.error(`${id} is not imported as one text`);
      const folder = dirname(id);
      const shorter = names.get(folder) ?? shortNames(folder);
      names.set(folder, shorter);
      const lean = JSON.parse(text)
        .replaceAll(/\/\/[^\n]*/g, '')
        .replaceAll(/\s*\n\s*/g, '\n')
        .replaceAll(/^(?!\/\*unroll).*$/gm, (line) => line.replaceAll(IDLE_SPACES, '$1$2'))
        .replaceAll(/\b[A-Za-z_]\w*/g, (word) => shorter.get(word) ?? word);
      return { code: `export default ${JSON.stringify(lean)}`, map: null };
    },
  };
}
