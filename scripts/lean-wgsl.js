import { dirname } from 'node:path';
import { shortLocals } from './wgsl-locals.js';
import { shortNames } from './wgsl-names.js';

/** Spaces without which no two operators become another one, and no comparison the `<` of a type. */
const AROUND_OPERATOR = /(?<=[\w)\]]) ([-+*/%=|^&!]+) (?![-*&=])/g;
const AROUND_PUNCTUATION = / *([,;:(){}[\]]|->) */g;
/** What `src/gpu/unroll.ts` looks for, by its spaces too. */
const LOOP_HEAD = /(\/\*unroll\*\/ for \([^{]*\{)/;
const LINE_WITHIN = /(?<=[;{},(=])\n(?!fn |struct |alias |var<|@)/g;

/**
 * A Vite plugin: kernels that are imported as text lose their comments, idle spaces and long names in a build, as users
 * download them. Each function stays a line of its own, as compilers name lines.
 * @returns {import('vite').Plugin}
 */
export function leanWgsl() {
  const names = new Map();
  return {
    name: 'lean-wgsl',
    apply: 'build',
    enforce: 'post',
    transform(script, id) {
      if (!id.endsWith('.wgsl?raw')) return undefined;
      const text = /^export default ("(?:[^"\\]|\\.)*");?$/.exec(script.trim())?.[1];
      if (text === undefined) this.error(`${id} is not imported as one text`);
      const folder = dirname(id);
      const shorter = names.get(folder) ?? shortNames(folder);
      names.set(folder, shorter);
      const code = JSON.parse(text).replaceAll(/\/\/[^\n]*/g, '');
      const lean = shortLocals(code)
        .replaceAll(/\s*\n\s*/g, '\n')
        .split(LOOP_HEAD)
        .map((part, index) =>
          index % 2 === 1 ? part : part.replaceAll(AROUND_OPERATOR, '$1').replaceAll(AROUND_PUNCTUATION, '$1'),
        )
        .join('')
        .replaceAll(LINE_WITHIN, '')
        .replaceAll(/\b[A-Za-z_]\w*/g, (word) => shorter.get(word) ?? word);
      return { code: `export default ${JSON.stringify(lean)}`, map: null };
    },
  };
}
