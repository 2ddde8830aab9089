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
const FILES = ['sterna-chat.js', 'sterna-chat-panel.js', 'sterna-chat-worker.js', 'worker.js'];
const ANYONE = { headers: { 'Access-Control-Allow-Origin': '*' } };

/** The three hosts that a page with the script tag has to do with, each of an origin of its own. */
export interface ChatHosts {
  /** Serves the files of the package. */
  cdn: StaticServer;
  /** Serves the packs. */
  models: StaticServer;
  /** What stands in a document with the addresses of these hosts in place of its examples'. */
  here: (text: string) => string;
  /** Serves pages with such a policy, and the package's files and the packs beside them if asked to. */
  serve: (pages: Record<string, string>, policy: string, options?: { withFiles?: boolean }) => Promise<StaticServer>;
  close: () => Promise<void>;
}

export interface ChatHostsOptions {
  /** The folder that the CDN serves; that of the built package if left out. */
  files?: string;
  /** The packs by the names of their folders, each with its files; a tiny one called `pack` if left out. */
  packs?: Record<string, ReadonlyMap<string, Uint8Array>>;
}

export async function chatHosts({ files = join(root, 'dist'), packs }: ChatHostsOptions = {}): Promise<ChatHosts> {
  const folder = await mkdtemp(join(tmpdir(), 'sterna-chat-'));
  const all = packs ?? { pack: (await tinyPack(new Random(1))).files };
  for (const [name, pack] of Object.entries(all)) {
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
    async serve(pages, policy, { withFiles = false } = {}) {
      const site = await mkdtemp(join(folder, 'site-'));
      if (withFiles) {
        for (const name of FILES) await cp(join(files, name), join(site, name));
        await cp(join(folder, 'models'), site, { recursive: true });
      }
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

/** Hosts of a chat in which an engine only pretends (e2e/fake/engine.ts) to have the bundled model. */
export async function fakeChatHosts(): Promise<ChatHosts> {
  const files = join(root, 'test-results/fake-chat');
  await mkdir(files, { recursive: true });
  for (const name of FILES) await cp(join(root, 'dist', name), join(files, name));
  await build({
    configFile: join(root, 'vite.lib.config.ts'),
    mode: 'sterna-chat-worker',
    logLevel: 'warn',
    resolve: { alias: [{ find: '../engine', replacement: join(root, 'e2e/fake/engine.ts') }] },
    build: { outDir: files },
  });
  // All that is asked of the pack is how large it is.
  const pack = new Map([['sterna.json', await readFile(join(root, 'models/sterna-chat-49m/sterna.json'))]]);
  return chatHosts({ files, packs: { pack, 'load-slow': pack, 'load-fails': pack } });
}
