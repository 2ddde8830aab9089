import * as v from 'valibot';
import { TemplateError } from '../src/errors';
import { validate } from '../src/model/validate';

const MAX_TEMPLATE_LENGTH = 2 ** 18;

const source = v.pipe(
  v.string(),
  v.maxLength(MAX_TEMPLATE_LENGTH, `is longer than the ${MAX_TEMPLATE_LENGTH} characters that a template may have`),
);

/** One template, or several of which the one called "default" is for plain chats. */
const templates = v.nullish(
  v.union(
    [
      source,
      v.pipe(
        v.array(v.looseObject({ name: v.string(), template: source })),
        v.transform((list) => new Map(list.map(({ name, template }) => [name, template])).get('default')),
      ),
      v.pipe(
        v.custom<object>((value) => !Array.isArray(value)),
        v.record(v.string(), source),
        v.transform((named) => new Map(Object.entries(named)).get('default')),
      ),
    ],
    'must be a template or templates with names',
  ),
);

const schema = v.looseObject({ chat_template: templates }, 'must be an object');

/**
 * Finds the chat template in the parsed JSON of an HF `tokenizer_config.json`.
 * @param json undefined where the pack has no such file.
 * @param file name of the file, for messages.
 * @returns undefined where there is none.
 * @throws TemplateError
 */
export function templateSource(json: unknown, file: string): string | undefined {
  return validate(schema, json ?? {}, file, TemplateError).chat_template ?? undefined;
}
