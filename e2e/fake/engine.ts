import type { DeviceEvent } from '../../src/api';
import { DeviceLostError, DownloadError, PackError } from '../../src/errors';
import { HOSTILE_ANSWERS, HOSTILE_NAME } from './hostile-answers';

/**
 * Stands in for src/api where a test is about the page and not the model. What it does is asked for in the page's
 * address (`?load=slow`, `?load=fails`, `?load=hostile`, `?load=named`) or in the model's (`load-slow/`), or in the question
 * ("markup", "markdown", "endless", "lost", "broken", "reset", "count").
 */
const ANSWERS: Partial<Record<string, string>> = {
  markup: [
    'Look: <img src="x" onerror="window.harmed = true"> <script>window.harmed = true</script>',
    '<b style="color: red" onclick="window.harmed = true">bold</b> <iframe src="https://example.org"></iframe>',
    '',
    '![a picture](https://example.org/picture.png) and [run](javascript:window.harmed=true), [data](data:text/html,x)',
    'and [a page](https://example.org/page "title").',
    '',
    '<style>body { display: none }</style><form action="/"><input></form>',
    '',
    '- [x] done',
  ].join('\n'),
  markdown: [
    '# Tea',
    'Boil **fresh** water, warm the pot, and _wait_ four minutes:',
    '',
    '1. one spoon a cup',
    '2. one for the pot',
    '',
    '> Milk first? A matter of faith.',
    '',
    '```',
    'const cups = 2;',
    '```',
    '',
    '| tea | minutes |',
    '| --- | --- |',
    '| green | 2 |',
    '| black | 4 |',
  ].join('\n'),
};
const DEFAULT =
  'Sunlight has all colours in it. The air spreads the blue light more than the others, so the sky looks blue to us.';

let failures = 0;
const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function* stream(
  messages: { content: string }[],
  signal: AbortSignal | undefined,
  onDeviceEvent: Options['onDeviceEvent'],
) {
  const question = messages.at(-1)?.content ?? '';
  if (question === 'lost' && failures++ === 0) throw new DeviceLostError('the GPU device was lost');
  if (question === 'broken') throw new Error('a fault of the fake');
  const hostile = HOSTILE_ANSWERS.get(question);
  let answer = hostile ?? ANSWERS[question] ?? DEFAULT;
  if (question === 'endless') answer = 'tern '.repeat(10_000);
  if (question === 'count') answer = `${messages.length} message`;
  const words = answer.match(hostile === undefined ? /\s*\S+/g : /[^]{1,2000}/g) ?? [];
  for (const content of words) {
    await wait(15);
    if (question === 'reset' && content === words[1]) {
      onDeviceEvent?.({ kind: 'lost', losses: 1, message: 'the GPU device was lost' });
      await wait(500);
      onDeviceEvent?.({ kind: 'restored' });
    }
    signal?.throwIfAborted();
    yield { choices: [{ index: 0, delta: { content }, finish_reason: null }] };
  }
  yield { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
  yield { choices: [], usage: { completion_tokens: words.length, extra: { decode_tokens_per_second: 66.4 } } };
}

interface Options {
  model: string;
  signal?: AbortSignal;
  onProgress?: (progress: { phase: string; bytesDone: number; bytesTotal: number }) => void;
  onDeviceEvent?: (event: DeviceEvent) => void;
}

export { DownloadControl } from '../../src/api/download-control';

export async function createEngine({ model, signal, onProgress, onDeviceEvent }: Options) {
  const load = new URLSearchParams(location.search).get('load') ?? /load-(\w+)/.exec(model)?.[1];
  const total = 18_400_000;
  for (const phase of ['download', 'upload']) {
    for (let step = 0; step <= 8; step++) {
      onProgress?.({ phase, bytesDone: (total * step) / 8, bytesTotal: total });
      if (load === 'slow' && step === 3) {
        await new Promise((_, reject) => {
          signal?.addEventListener('abort', () => {
            reject(signal.reason as Error);
          });
        });
      }
      await wait(5);
    }
    if (load === 'fails' && failures++ === 0)
      throw new DownloadError('status 404', { file: 'model-00001-of-00001.safetensors' });
    if (load === 'hostile') throw new PackError(HOSTILE_NAME, { file: HOSTILE_NAME, field: HOSTILE_NAME });
  }
  return {
    info: {
      name: load === 'named' ? HOSTILE_NAME : 'sterna-chat-49m',
      packBytes: total,
      stored: true,
      gpuBytes: { ternary: 11_500_000, embeddings: 8_388_608, state: 3_000_000 },
    },
    chat: {
      completions: {
        create: ({ messages, signal }: { messages: { content: string }[]; signal?: AbortSignal }) =>
          Promise.resolve(stream(messages, signal, onDeviceEvent)),
      },
    },
    dispose: () => Promise.resolve(),
  };
}
