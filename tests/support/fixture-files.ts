// Apart from the URL made of it: vite would take the two together for an asset and put a name of its own in their place.
const here = import.meta.url;

/** Reads a file of tests/fixtures, in Node from the disk and in the browser from the test server. */
export async function fixtureFile(path: string): Promise<Uint8Array> {
  const url = new URL(`../fixtures/${path}`, here);
  if (url.protocol === 'file:') {
    const { readFile } = await import('node:fs/promises');
    return new Uint8Array(await readFile(url));
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.href}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
