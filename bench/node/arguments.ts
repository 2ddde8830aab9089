import { parseArgs } from 'node:util';
import { SECTION_NAMES } from '../measure/section-names';
import { type EffortName, EFFORTS } from '../measure/effort';
import { MODEL_NAMES, type ModelName } from '../model/shapes';

const PEERS = ['onnx', 'wllama', 'pytorch'] as const;
/** What can be measured: in the page's worker, by starting engines, and what others make of the same shapes. */
export const ALL_SECTIONS = [...SECTION_NAMES, 'load', ...PEERS] as const;
export type AnySection = (typeof ALL_SECTIONS)[number];

export const USAGE = `npm run bench -- [options]
  --models 370M,1.3B,2.7B,bundled   what to measure (also: tiny)
  --sections memory,decode,...      ${ALL_SECTIONS.join(', ')};
                                    peers stands for the last three, which need npm run build:bench-peers, and
                                    pytorch a python3 that has it; all others by default
  --effort full|quick|smoke         how long and how often to measure; smoke only shows that all runs
  --quick                           --effort quick
  --packs FOLDER                    keeps the packs that are made up for load there
  --json FILE                       results, merged into what is there (bench/results/latest.json)
  --options JSON                    options of the page: {"model":{"plan":"split"},"changes":{"runs":9}, ...}
  --gpu on|off|auto                 Chromium's flags for an NVIDIA GPU on Linux; auto: where there is one
  --flags-file FILE                 Chromium's flags, instead of those
  --serve                           serves the page for a browser of your own, and waits
CHROME_PATH names the browser.`;

/** A wrong command line; its message is all that the user needs. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface Arguments {
  models: ModelName[];
  sections: AnySection[];
  json: string;
  effort: EffortName;
  options: Record<string, unknown>;
  gpu: 'on' | 'off' | 'auto';
  flagsFile: string | undefined;
  packs: string | undefined;
  serve: boolean;
}

/** @returns undefined where help is asked for. @throws UsageError */
export function parseArguments(args: string[]): Arguments | undefined {
  const { values } = readArguments(args);
  const sections = values.sections.replace(/\bpeers\b/, PEERS.join(','));
  if (values.help) return undefined;
  const [effort] = names('--effort', values.quick ? 'quick' : values.effort, Object.keys(EFFORTS) as EffortName[]);
  const gpu = values.gpu;
  if (gpu !== 'on' && gpu !== 'off' && gpu !== 'auto') throw new UsageError(`--gpu is on, off or auto, not ${gpu}`);
  return {
    models: names('--models', values.models, MODEL_NAMES),
    sections: names('--sections', sections, ALL_SECTIONS),
    json: values.json,
    effort,
    options: jsonObject(values.options),
    gpu,
    flagsFile: values['flags-file'],
    packs: values.packs,
    serve: values.serve,
  };
}

function readArguments(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        models: { type: 'string', default: '370M,1.3B,2.7B,bundled' },
        sections: { type: 'string', default: [...SECTION_NAMES, 'load'].join(',') },
        effort: { type: 'string', default: 'full' },
        quick: { type: 'boolean', default: false },
        json: { type: 'string', default: 'bench/results/latest.json' },
        options: { type: 'string', default: '{}' },
        gpu: { type: 'string', default: 'auto' },
        'flags-file': { type: 'string' },
        packs: { type: 'string' },
        serve: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** Keeps the order of `known`, which is the sensible one for sections. */
function names<Name extends string>(option: string, list: string, known: readonly Name[]): Name[] {
  const wanted = list.split(',');
  const unknown = wanted.find((name) => !known.some((other) => other === name));
  if (unknown !== undefined) throw new UsageError(`${option} knows ${known.join(', ')}, not ${unknown}`);
  return known.filter((name) => wanted.includes(name));
}

function jsonObject(text: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new UsageError(`--options is no JSON object: ${text}`);
}
