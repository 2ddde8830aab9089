import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/**
 * What the package exports, by the names that pages import (`sterna/ai-sdk`), with the source of each. Files that are there to
 * be named by their address (`sterna/worker.js`) export nothing, and are not among them.
 * @returns {ReadonlyMap<string, string>}
 */
export function subPaths() {
  const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const modules = Object.entries(exports).filter(([path]) => !/\.js(?:on)?$/.test(path));
  return new Map(
    modules.map(([path, { types }]) => {
      const source = types.replace('./dist/types', 'src').replace('.d.ts', '.ts');
      return [path.replace('.', name), join(root, source)];
    }),
  );
}
