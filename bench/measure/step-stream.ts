import type { Generation } from '../../src/model/language-model';
import type { Dispatch } from '../../src/gpu/dispatch';
import { CommandStream, onePeriod, type Submit } from './command-stream';
import type { Subject } from './subject';
import { generationOptions, randomIds } from './texts';

const ENDLESS = 2 ** 30;
/** Enough that the model has found its pace. */
const WARM_TOKENS = 32;
const SEEN_TOKENS = 32;

/** What a model does for a decoded token, seen from outside. */
export interface StepStream {
  /** Of one step. */
  dispatches: readonly Dispatch[];
  /** A whole submit of decode steps, and how many there are in it. */
  submit: Submit;
  stepsPerSubmit: number;
  perToken: PerToken;
}

export interface PerToken {
  dispatches: number;
  passes: number;
  submits: number;
  buffersCreated: number;
  bindGroupsCreated: number;
  pipelinesCreated: number;
}

/**
 * Watches a generation decode, once its pace is found.
 * @param during called with the stream while the generation is still open: no step of it is the last one
 */
export async function watchDecode<Result>(
  subject: Subject,
  during: (stream: StepStream) => Promise<Result>,
): Promise<Result> {
  const prompt = randomIds(8, subject.config.vocabSize, 7);
  const generation = await subject.model.generate(prompt, generationOptions('sampled', ENDLESS, 1));
  try {
    await take(generation, WARM_TOKENS);
    const commands = new CommandStream();
    try {
      await take(generation, SEEN_TOKENS);
    } finally {
      commands.stop();
    }
    return await during(stepStream(commands));
  } finally {
    await generation.end(0);
  }
}

async function take(generation: Generation, count: number): Promise<void> {
  for (let tokens = 0; tokens < count;) tokens += (await generation.next()).length;
}

function stepStream(commands: CommandStream): StepStream {
  const submit = commands.submits.at(-1);
  if (submit === undefined) throw new RangeError('no submit was seen');
  const dispatches = onePeriod(submit.dispatches);
  const steps = commands.dispatches / dispatches.length;
  return {
    dispatches,
    submit,
    stepsPerSubmit: submit.dispatches.length / dispatches.length,
    perToken: {
      dispatches: dispatches.length,
      passes: commands.passes / steps,
      submits: commands.submits.length / steps,
      buffersCreated: commands.buffersCreated / steps,
      bindGroupsCreated: commands.bindGroupsCreated / steps,
      pipelinesCreated: commands.pipelinesCreated / steps,
    },
  };
}

/** A submit that feeds a slice of a prompt. */
export interface Slice {
  submit: Submit;
  tokens: number;
}

/** Watches a prompt being fed in slices of equal length, of which the last may be shorter; a whole one of them. */
export async function watchSlice(subject: Subject, length: number): Promise<Slice> {
  const prompt = randomIds(length, subject.config.vocabSize, 8);
  const positions: number[] = [];
  const commands = new CommandStream();
  try {
    const options = generationOptions('greedy', 1, 1);
    const generation = await subject.model.generate(prompt, options, undefined, (done) => positions.push(done));
    await generation.end(0);
  } finally {
    commands.stop();
  }
  const [submit] = commands.submits.filter(({ dispatches }) => dispatches.length > 0);
  return { submit, tokens: positions[1] - positions[0] };
}
