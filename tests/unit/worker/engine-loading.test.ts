import { describe, expect, it } from 'vitest';
import { CheckpointError, ConfigError, DisposedError, DownloadError, GpuError } from '../../../src/errors';
import { shardName } from '../../../src/model/manifest';
import { packTensors } from '../../../src/model/tensors';
import { openFake } from '../../support/fake-model';
import { TOKENS } from '../../support/tiny-pack';
import { seed, startEngine } from '../../support/worker-engine';

describe(`loading (seed ${seed})`, () => {
  it('hands every tensor to the model whole, from the network and from the store alike', async () => {
    const { model, pack, host, progress, load, loadAgain } = await startEngine();
    await load();
    const bytesOf = new Map<string, number>();
    for (const { name, bytes } of model.written) bytesOf.set(name, (bytesOf.get(name) ?? 0) + bytes.length);
    const tensors = packTensors(pack.config, 'F32');
    expect(bytesOf).toEqual(new Map(tensors.map(({ name, byteLength }) => [name, byteLength])));
    const first = model.written.splice(0);

    host.log.length = 0;
    await loadAgain();
    expect(host.log.map(({ path }) => path)).toEqual(['sterna.json']);
    expect(model.written).toEqual(first);

    const bytesTotal = progress[0].bytesTotal;
    expect(bytesTotal).toBe(
      [...pack.files].reduce((sum, [path, { length }]) => sum + (path === 'sterna.json' ? 0 : length), 0),
    );
    await expect.poll(() => progress.at(-1)).toEqual({ phase: 'upload', bytesDone: bytesTotal, bytesTotal });
    expect(progress).toContainEqual({ phase: 'download', bytesDone: bytesTotal, bytesTotal });
    expect(progress.some(({ phase }) => phase === 'compile')).toBe(true);
  });

  it('says what was loaded', async () => {
    const { load, pack, host, progress } = await startEngine();
    const info = await load();
    expect(info).toEqual({
      name: 'tiny',
      url: host.url,
      config: pack.config,
      defaults: { temperature: 0.5, eosTokenIds: [TOKENS.end] },
      embeddings: 'F32',
      packBytes: progress[0].bytesTotal,
      downloadedBytes: progress[0].bytesTotal,
      stored: true,
      hasTokenizer: true,
      hasGrammar: false,
      adapter: { vendor: 'none', architecture: '', description: '', fallback: true, subgroupSize: 1 },
      tuning: 'default',
      gpuBytes: { weights: 1 },
    });
  });

  it('frees the model when a shard turns out to be none', async () => {
    const { model, host, load } = await startEngine('', {
      replaced: { [shardName(0, 1)]: new Uint8Array(5000).fill(0xff) },
    });
    const failure = load();
    await expect(failure).rejects.toThrow(CheckpointError);
    await expect(failure).rejects.toThrow(shardName(0, 1));
    expect(model.disposals).toBe(1);
    expect(host.log.map(({ path }) => path)).toContain(shardName(0, 1));
  });

  it('frees a device that comes before or after loading has failed', async () => {
    const { model, host, begin, load } = await startEngine();
    host.files.delete('sterna.json');
    await expect(load()).rejects.toThrow(DownloadError);
    expect(model.disposals).toBe(1);

    const { open } = openFake(model);
    let give: () => void = () => undefined;
    const late = new Promise<void>((resolve) => {
      give = resolve;
    });
    const again = begin(() => late.then(open));
    await expect(load(again)).rejects.toThrow(DownloadError);
    expect(model.disposals).toBe(1);
    give();
    await expect.poll(() => model.disposals).toBe(2);
  });

  it('says that there is no device where all else is right', async () => {
    const { begin, load } = await startEngine();
    const without = begin(() => Promise.reject(new GpuError('no adapter')));
    await expect(load(without)).rejects.toThrow(GpuError);
  });

  it('stops when it is disposed of', async () => {
    const { remote, model, load } = await startEngine();
    const loading = load();
    model.flush = () => remote.dispose();
    await expect(loading).rejects.toThrow(DisposedError);
    expect(model.disposals).toBe(1);
    await expect(remote.gpuBytes()).rejects.toThrow(DisposedError);
  });

  it('names a configuration that is wrong', async () => {
    const { host, load } = await startEngine('', { replaced: { 'config.json': new TextEncoder().encode('{}') } });
    const failure = load();
    await expect(failure).rejects.toThrow(ConfigError);
    await expect(failure).rejects.toMatchObject({ file: `${host.url}config.json`, field: 'model_type' });
  });
});
