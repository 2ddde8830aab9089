import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { Random } from '../../tests/support/random';
import { tinyPack } from '../../tests/support/tiny-pack';
import { serveFolder } from './static-server';
import type { StaticServer } from './static-server';

const root = join(import.meta.dirname, '../..');
const CDN = 'https://cdn.example/sterna@0.1.0/dist/';
const MODELS = 'https://models.example/sterna-chat-49m/';
const ANYONE = { headers: { 'Access-Control-Allow-Origin': '*' } };

/** The three hosts that a page with the script tag has to do with, each of an origin of its own. */
export interface ChatHosts {
  /** Serves the files of the package. */
  cdn: StaticServer;
  /** Serves a tiny pack, under any name of a folder. */
  models: StaticServer;
  /** What stands in a document with the addresses of these hosts in place of its examples'. */
  here: (text: string) => string;
  /** Serves pages with such a policy. */
  serve: (pages: Record<string, string>, policy: string) => Promise<StaticServer>;
  close: () => Promise<void>;
}

/** @param files the folder that the CDN serves: dist, or `fakeChat()`. */
export async function chatHosts(files = join(root, 'dist')): Promise<ChatHosts> {
  const folder = await mkdtemp(join(tmpdir(), 'sterna-chat-'));
  const { files: pack } = await tinyPack(new Random(1));
  for (const name of ['pack', 'other-pack']) {
    await mkdir(join(folder, 'models', name), { recursive: true });
    for (const [path, bytes] of pack) await writeFile(join(folder, 'models', name, path), bytes);
  }
  const cdn = await serveFolder(files, ANYONE);
  const models = await serveFolder(join(folder, 'models'), ANYONE);
  const servers = [cdn, models];
  const here = (text: string) =>
    text
      .replaceAll(CDN, cdn.url)
      .replaceAll(MODELS, `${models.url}pack/`)
      .replaceAll('https://cdn.example', new URL(cdn.url).origin)
      .replaceAll('https://models.example', new URL(models.url).origin);
  return {
    cdn,
    models,
    here,
    async serve(pages, policy) {
      const site = await mkdtemp(join(folder, 'site-'));
      for (const [name, text] of Object.entries(pages)) await writeFile(join(site, name), here(text));
      const server = await serveFolder(site, { headers: { 'Content-Security-Policy': here(policy) } });
      servers.push(server);
      return server;
    },
    async close() {
      for (const server of servers) await server.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** The sites that docs/SCRIPT-TAG.md shows, with their style sheets. */
export async function embeds(): Promise<Record<string, string>> {
  const folder = join(root, 'docs/embeds');
  const names = await readdir(folder);
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')])),
  ) as Record<string, string>;
}

/** A folder with the script tag's files, in which an engine only pretends (e2e/fake/engine.ts). */
export async function fakeChat(): Promise<string> {
  const outDir = join(root, 'test-results/fake-chat');
  await mkdir(outDir, { recursive: true });
  for (const name of ['sterna-chat.js', 'sterna-chat-panel.js', 'worker.js'])
    await cp(join(root, 'dist', name), join(outDir, name));
  await build({
    configFile: join(root, 'vite.lib.config.ts'),
    mode: 'sterna-chat-worker',
    logLevel: 'warn',
    resolve: { alias: [{ find: '../engine', replacement: join(root, 'e2e/fake/engine.ts') }] },
    build: { outDir },
  });
  return outDir;
}
