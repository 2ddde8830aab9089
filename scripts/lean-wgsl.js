/**
 * A Vite plugin: kernels that are imported as text lose their comments and indents in a build, as users download them.
 * Marks for `src/gpu/unroll.ts` are block comments, and stay.
 * @returns {import('vite').Plugin}
 */
export function leanWgsl() {
  return {
    name: 'lean-wgsl',
    apply: 'build',
    enforce: 'post',
    transform(code, id) {
      if (!id.endsWith('.wgsl?raw')) return undefined;
      const text = /^export default ("(?:[^"\\]|\\.)*");?$/.exec(code.trim())?.[1];
      if (text === undefined) this.error(`${id} is not imported as one text`);
      const lean = JSON.parse(text)
        .replaceAll(/\/\/[^\n]*/g, '')
        .replaceAll(/\s*\n\s*/g, '\n');
      return { code: `export default ${JSON.stringify(lean)}`, map: null };
    },
  };
}
