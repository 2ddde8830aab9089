import { describe, expect, it } from 'vitest';
import type { PackFile } from '../../../src/model/manifest';
import { chunksAhead } from '../../../src/worker/chunks-ahead';

function files(...chunkCounts: number[]): PackFile[] {
  return chunkCounts.map((count, index) => ({
    path: `file${index}`,
    bytes: count,
    chunks: Array<string>(count).fill(''),
  }));
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

describe('chunksAhead', () => {
  it('gives all chunks in order and never has more than two between fetch and end of work', async () => {
    let held = 0;
    let most = 0;
    const order: string[] = [];
    const fetchChunk = async (file: PackFile, index: number) => {
      most = Math.max(most, ++held);
      await pause();
      return `${file.path}:${index}`;
    };
    for await (const { file, index, chunk } of chunksAhead(files(3, 0, 1, 4), fetchChunk)) {
      expect(chunk).toBe(`${file.path}:${index}`);
      order.push(chunk);
      await pause();
      await pause();
      held--;
    }
    expect(order).toEqual(['file0:0', 'file0:1', 'file0:2', 'file2:0', 'file3:0', 'file3:1', 'file3:2', 'file3:3']);
    expect(most).toBe(2);
    expect(held).toBe(0);
  });

  it('fetches the first two at once and one more when one is done with', async () => {
    const begun: number[] = [];
    const fetchChunk = (_: PackFile, index: number) => {
      begun.push(index);
      return Promise.resolve(index);
    };
    const chunks = chunksAhead(files(4), fetchChunk);
    expect(begun).toEqual([0, 1]);
    await chunks.next();
    await pause();
    expect(begun).toEqual([0, 1]);
    await chunks.next();
    expect(begun).toEqual([0, 1, 2]);
  });

  it('passes a failed fetch on after the chunks before it', async () => {
    const seen: number[] = [];
    const reading = async () => {
      const fetchChunk = (_: PackFile, index: number) =>
        index === 2 ? Promise.reject(new Error('broken')) : Promise.resolve(index);
      for await (const { index } of chunksAhead(files(4), fetchChunk)) {
        seen.push(index);
        await pause();
      }
    };
    await expect(reading()).rejects.toThrow('broken');
    expect(seen).toEqual([0, 1]);
  });

  it('leaves no unhandled rejection when its reader breaks off', async () => {
    const fetchChunk = (_: PackFile, index: number) =>
      index === 1 ? Promise.reject(new Error('nobody wants to know')) : Promise.resolve(index);
    for await (const { index } of chunksAhead(files(4), fetchChunk)) {
      expect(index).toBe(0);
      break;
    }
    await pause();
  });

  it('gives nothing for no chunks', async () => {
    const chunks = chunksAhead(files(0, 0), () => Promise.resolve(1));
    expect(await chunks.next()).toEqual({ done: true, value: undefined });
  });
});
