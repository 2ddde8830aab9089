import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { markdown } from '../report/markdown';
import { tables } from '../report/tables';
import { parseArguments, USAGE, UsageError } from './arguments';
import { serve } from './server';
import { Session } from './session';

declare const SOURCE_COMMIT: string;

/** The built runner lies in dist/bench/node. */
const ROOT = join(import.meta.dirname, '../../..');
const SERVED_PORT = 8471;

async function main(): Promise<void> {
  const given = parseArguments(process.argv.slice(2));
  if (given === undefined) {
    console.log(USAGE);
    return;
  }
  const packs = given.packs ?? (await mkdtemp(join(tmpdir(), 'sterna-bench-packs-')));
  await mkdir(packs, { recursive: true });
  const mounts = {
    '': join(ROOT, 'dist/bench/page'),
    models: join(ROOT, 'models'),
    peers: join(ROOT, 'dist/bench-peers'),
    packs,
  };
  if (given.serve) {
    const { url } = await serve(mounts, { port: SERVED_PORT });
    console.log(`The benchmark is at ${url}; Ctrl-C ends it.`);
    return;
  }
  const site = await serve(mounts, { hidden: true });
  try {
    const results = await Session.run(given, { root: ROOT, url: site.url, packs }, SOURCE_COMMIT);
    console.log(`\n${tables(results).map(markdown).join('\n')}`);
    console.log(`${results.browser} on ${results.gpu}, ${results.date}, commit ${results.commit}: ${given.json}`);
  } finally {
    await site.close();
    if (given.packs === undefined) await rm(packs, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error);
  process.exitCode = 1;
}
