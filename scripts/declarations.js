/**
 * Gives the relative imports of dist/types their file extension: TypeScript writes them as they are in the sources, and a
 * user whose modules resolve as Node's do would not find them.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const folder = join(import.meta.dirname, '../dist/types');
for (const name of readdirSync(folder, { recursive: true }).filter((path) => path.endsWith('.d.ts'))) {
  const path = join(folder, name);
  let text = readFileSync(path, 'utf8');
  const { importedFiles } = ts.preProcessFile(text);
  // From the last one to the first, so that those before stay where they are.
  for (const { fileName, pos } of importedFiles.toSorted((a, b) => b.pos - a.pos)) {
    const end = pos + 1 + fileName.length;
    // A folder's own index goes by the folder's name.
    const rest = /^\.{1,2}\//.test(fileName) ? '.js' : fileName === '.' ? '/index.js' : '';
    text = text.slice(0, end) + rest + text.slice(end);
  }
  writeFileSync(path, text);
}
