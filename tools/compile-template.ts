import { Template, tokenize } from '@huggingface/jinja';
import { TemplateError, type ErrorDetails } from '../src/errors';
import { TREE_VERSION, type TemplateTree } from '../src/model/text/template-tree';
import { templateSource } from './template-source';

/** What a macro of Jinja gets beside its parameters; the runtime gives it none of these. */
const MACRO_EXTRAS = ['caller', 'kwargs', 'varargs'];

/** Where a chat template may be, for messages. */
const CONFIG = 'tokenizer_config.json';
const JINJA = 'chat_template.jinja';

/**
 * Parses a model's chat template once and for all readers, as HF does, with `trim_blocks` and `lstrip_blocks`.
 * @param tokenizerConfig the parsed JSON of `tokenizer_config.json`, undefined where there is none.
 * @param jinja the text of `chat_template.jinja`, which goes before the one in the config; undefined where there is none.
 * @returns undefined if the model has no chat template.
 * @throws TemplateError if it has one that is not valid Jinja, or uses what packs cannot have of it.
 */
export function compileTemplate(tokenizerConfig: unknown, jinja?: string): TemplateTree | undefined {
  const source = jinja ?? templateSource(tokenizerConfig, CONFIG);
  if (source === undefined) return undefined;
  const place = jinja === undefined ? { file: CONFIG, field: 'chat_template' } : { file: JINJA };
  try {
    const { body } = new Template(source).parsed;
    const literals = tokenize(source).filter(({ type }) => type === 'StringLiteral');
    const refused = refusedPart(body, false);
    if (refused !== undefined) throw new TemplateError(`uses ${refused}, which packs cannot have`, place);
    return { version: TREE_VERSION, literals: literals.map(({ value }) => value), body: plain(body) };
  } catch (cause) {
    throw notValid(cause, place);
  }
}

function notValid(cause: unknown, place: ErrorDetails): TemplateError {
  if (cause instanceof TemplateError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TemplateError(`is not a valid template: ${reason}`, { ...place, cause });
}

/** The first part of a template that the runtime does not know. */
function refusedPart(node: unknown, isInMacro: boolean): string | undefined {
  if (typeof node === 'number' && !Number.isFinite(node)) return 'a number that is too large';
  if (typeof node !== 'object' || node === null) return undefined;
  const { type, value } = node as { type?: unknown; value?: unknown };
  if (type === 'CallStatement') return '{% call %}';
  if (type === 'Identifier' && isInMacro && MACRO_EXTRAS.includes(String(value))) return `"${String(value)}" of macros`;
  for (const child of node instanceof Map ? [...node].flat() : Object.values(node)) {
    const refused = refusedPart(child, isInMacro || type === 'Macro');
    if (refused !== undefined) return refused;
  }
  return undefined;
}

/** Nodes without their classes: maps as lists of pairs, and no comments. */
function plain(body: object[]): TemplateTree['body'] {
  const json = JSON.stringify(body, (_, value: unknown) => {
    if (value instanceof Map) return [...value];
    return Array.isArray(value) ? value.filter((node) => !isComment(node)) : value;
  });
  return JSON.parse(json) as TemplateTree['body'];
}

function isComment(node: unknown): boolean {
  return typeof node === 'object' && node !== null && 'type' in node && node.type === 'Comment';
}
