import * as v from 'valibot';
import type { GrammarSource } from './grammar-source';

const FIELD = 'response_format';
const text = v.string('must be a string');

const unknown = ({ expected, received }: { expected: string | null; received: string }) =>
  expected === 'never' ? 'is not supported' : received === 'undefined' ? 'is missing' : 'must be an object';

const format = v.variant(
  'type',
  [
    v.strictObject({ type: v.literal('text') }, unknown),
    v.strictObject({ type: v.literal('json_object') }, unknown),
    v.strictObject(
      {
        type: v.literal('json_schema'),
        json_schema: v.strictObject(
          {
            name: v.optional(text),
            description: v.nullish(text),
            schema: v.record(v.string(), v.unknown(), 'must be a JSON schema, an object'),
            strict: v.nullish(v.boolean('must be true or false')),
          },
          unknown,
        ),
      },
      unknown,
    ),
    v.strictObject({ type: v.literal('regex'), pattern: text, flags: v.optional(text, '') }, unknown),
  ],
  'must have the type "text", "json_object", "json_schema" or "regex"',
);

/** The parameter `response_format`: what the answer has to be, undefined where it may be any text. */
export const responseFormat = v.optional(
  v.pipe(
    format,
    v.transform((given): GrammarSource | undefined => {
      switch (given.type) {
        case 'text':
          return undefined;
        case 'json_object':
          return { kind: 'json', schema: { type: 'object' }, field: FIELD };
        case 'json_schema':
          return { kind: 'json', schema: given.json_schema.schema, field: `${FIELD}.json_schema.schema` };
        case 'regex':
          return { kind: 'regex', pattern: given.pattern, flags: given.flags, field: `${FIELD}.pattern` };
      }
    }),
  ),
);
