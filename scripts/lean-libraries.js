import { UNREACHED } from './unreached-code.js';

const LEFT_OUT = "\nfunction leftOut() { throw new TypeError('left out of this build'); }\n";

/**
 * A Vite plugin: a build is without what the runtime never reaches of its libraries, as users download it.
 * @returns {import('vite').Plugin}
 */
export function leanLibraries() {
  return {
    name: 'lean-libraries',
    apply: 'build',
    enforce: 'pre',
    transform(code, id) {
      const [, unreached] = [...UNREACHED].find(([folder]) => id.includes(folder)) ?? [];
      if (unreached === undefined) return undefined;
      const position = (text, from, start) => {
        const index = typeof from === 'string' ? text.indexOf(from, start) : text.search(from);
        return index === -1 ? this.error(`${id} has no "${from}" any more`) : index;
      };
      const lean = unreached.reduce((text, { from, until, to = '' }) => {
        const start = position(text, from, 0);
        if (until === undefined) return text.replaceAll(from, to);
        const end = position(text, until, start);
        return text.slice(0, start) + to + text.slice(start, end).replaceAll(/[^\n]/g, '') + text.slice(end);
      }, code);
      // On the same lines: the source map stays right but for their columns.
      return { code: lean + LEFT_OUT, map: null };
    },
  };
}
