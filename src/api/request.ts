import { CallSignal } from '../worker/wire/signal';
import { readStream } from '../worker/wire/stream';
import { shaped, type Shape } from './answer-shape';
import { checkSignal } from './check-signal';
import type { CompletionCreateParamsBase } from './openai';
import { plainCopy } from './plain-copy';
import type { WorkerLink } from './worker-link';

/** Asks the worker for answers; it checks the parameters. @param model name of the pack */
export async function request<Choice, Piece, Name extends string, ChunkName extends string>(
  link: WorkerLink,
  kind: 'chat' | 'complete',
  params: CompletionCreateParamsBase,
  shape: Shape<Choice, Piece, Name, ChunkName>,
  model: string,
) {
  link.check();
  // Of what is no object this makes one that the worker refuses.
  const { signal, ...others } = { ...params };
  checkSignal(signal);
  const plain = plainCopy(others);
  const call = new CallSignal(signal);
  const { runtime, answer } = link;
  try {
    const events = readStream(await answer(runtime[kind](plain, call.signal), call.signal), answer, call);
    return await shaped(events, shape, plain, model);
  } catch (error) {
    call.end();
    throw call.reasonFor(error);
  }
}
