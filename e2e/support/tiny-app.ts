import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../../tests/support/random';
import { tinyPack } from '../../tests/support/tiny-pack';

const root = join(import.meta.dirname, '../..');
/** What the package holds of the library. */
const PACKAGE = [
  'package.json',
  ...['sterna', 'worker', 'ai-sdk', 'prompt-api', 'element', 'sterna-chat-panel', 'sterna-chat-worker'].flatMap(
    (name) => [`dist/${name}.js`, `dist/${name}.js.map`],
  ),
];

/** A copy of e2e/bundlers/app in a folder of its own, with the built package installed and a pack in `public`. */
export interface TinyApp {
  folder: string;
  remove: () => Promise<void>;
}

export async function tinyApp(): Promise<TinyApp> {
  const folder = await mkdtemp(join(tmpdir(), 'sterna-app-'));
  await cp(join(root, 'e2e/bundlers/app'), folder, { recursive: true });
  for (const file of PACKAGE) await cp(join(root, file), join(folder, 'node_modules/sterna', file));
  const pack = join(folder, 'public/pack');
  await mkdir(pack, { recursive: true });
  const { files } = await tinyPack(new Random(1));
  for (const [path, bytes] of files) await writeFile(join(pack, path), bytes);
  return { folder, remove: () => rm(folder, { recursive: true }) };
}
