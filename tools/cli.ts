import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { SternaError } from '../src/errors';
import { convert } from './convert';
import { formatBytes } from './format';
import { inspect } from './inspect';
import { inspectionReport } from './inspection-report';
import { ProgressLine } from './progress';
import { servePack } from './serve';
import { DEFAULT_PORT, USAGE, UsageError } from './usage';

/** Exit status of a program that Ctrl-C ended. */
const INTERRUPTED = 130;

/**
 * Runs the command line.
 * @returns the exit status: 0, or 1 after one sentence on standard error, or 130 when interrupted.
 */
export async function main(args: string[]): Promise<number> {
  const interrupt = new AbortController();
  const stop = () => {
    interrupt.abort();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    await run(args, interrupt.signal);
    return 0;
  } catch (error) {
    if (interrupt.signal.aborted) {
      console.error('sterna: stopped; nothing was left behind.');
      return INTERRUPTED;
    }
    console.error(`sterna: ${sentence(error)}`);
    return 1;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

async function run(args: string[], signal: AbortSignal): Promise<void> {
  const command = args.at(0);
  const rest = args.slice(1);
  if (command === 'convert') await runConvert(rest, signal);
  else if (command === 'inspect') await runInspect(rest, signal);
  else if (command === 'serve') await runServe(rest, signal);
  else if (command === undefined || command === '--help' || command === '-h' || command === 'help') console.log(USAGE);
  else throw new UsageError(`there is no command ${command}; sterna --help lists them`);
}

async function runConvert(args: string[], signal: AbortSignal): Promise<void> {
  const options = { embeddings: { type: 'string' }, name: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [checkpointFolder, packFolder] = positionals;
  if (positionals.length !== 2) throw new UsageError('convert takes CHECKPOINT_DIR and PACK_DIR');
  const { embeddings, name } = values;
  if (embeddings !== undefined && embeddings !== 'keep' && embeddings !== 'int8') {
    throw new UsageError(`--embeddings is keep or int8, not ${embeddings}`);
  }
  const progress = new ProgressLine(process.stderr);
  const { manifest, embeddingLoss } = await convert(checkpointFolder, packFolder, {
    embeddings,
    name,
    signal,
    onProgress: (done, total) => {
      progress.update(done, total);
    },
    onWarning: (message) => {
      console.error(`Warning: ${message}`);
    },
  });
  if (embeddingLoss !== undefined) {
    const { max, rms } = embeddingLoss;
    const percent = (share: number) => `${(100 * share).toPrecision(3)}%`;
    console.log(
      `Embeddings in int8: the error is ${percent(rms)} of the values' root mean square, and ${percent(max)} at most.`,
    );
  }
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  console.log(`Wrote ${packFolder}: ${manifest.files.length} files, ${formatBytes(bytes)}.`);
}

async function runInspect(args: string[], signal: AbortSignal): Promise<void> {
  const { positionals } = parseArgs({ args, allowPositionals: true });
  if (positionals.length !== 1) throw new UsageError('inspect takes PACK_DIR');
  console.log(inspectionReport(await inspect(positionals[0], signal)));
}

async function runServe(args: string[], signal: AbortSignal): Promise<void> {
  const options = { port: { type: 'string' }, host: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (positionals.length !== 1) throw new UsageError('serve takes PACK_DIR');
  const { port = String(DEFAULT_PORT), host = 'localhost' } = values;
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new UsageError(`--port is a number from 0 to 65535, not ${port}`);
  }
  const server = await servePack(positionals[0], host, Number(port));
  console.log(`${server.name} is served at ${server.url} until Ctrl-C.`);
  if (!signal.aborted) await once(signal, 'abort');
  await server.close();
}

/** One line for what the user can mend; a fault of our own keeps its stack. */
function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const ofTheUser = error instanceof SternaError || error instanceof UsageError || 'code' in error;
  return ofTheUser ? error.message.replaceAll(/\s*\n\s*/g, ' ') : (error.stack ?? error.message);
}
