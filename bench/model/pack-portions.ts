import { parseConfig, type ModelConfig } from '../../src/model/config';
import { type Manifest, MANIFEST_FILE, parseManifest, shardsOf } from '../../src/model/manifest';
import { PackReader, type TensorPortion } from '../../src/model/shard-reader';
import { DownloadError } from '../../src/errors';

async function fetched(url: string): Promise<Response> {
  const response = await fetch(url);
  if (!response.ok) throw new DownloadError(`the server answered ${response.status}`, { file: url });
  return response;
}

/** A pack on a server: its manifest and config. @param url of its folder, with a slash at its end */
export async function openPack(url: string): Promise<{ manifest: Manifest; config: ModelConfig }> {
  const json = async (name: string): Promise<unknown> => (await fetched(url + name)).json();
  const manifest = parseManifest(await json(MANIFEST_FILE), url + MANIFEST_FILE);
  return { manifest, config: parseConfig(await json('config.json'), `${url}config.json`) };
}

/** The weights of a pack, shard by shard. */
export async function* packPortions(
  url: string,
  manifest: Manifest,
  config: ModelConfig,
): AsyncGenerator<TensorPortion> {
  const reader = new PackReader(config, manifest.embeddings);
  for (const shard of shardsOf(manifest)) {
    reader.beginShard(shard);
    const bytes = await (await fetched(url + shard.path)).arrayBuffer();
    yield* reader.push(new Uint8Array(bytes));
  }
  reader.finish();
}
