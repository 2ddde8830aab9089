import * as v from 'valibot';
import { TemplateError } from '../../errors';
import { validate } from '../validate';

/** Name of its file in a pack. */
export const TEMPLATE_FILE = 'chat_template.tree.json';
/** Counts up when nodes are of another form. */
export const TREE_VERSION = 1;

const schema = v.looseObject({
  version: v.literal(TREE_VERSION, `must be ${TREE_VERSION}; convert the model again`),
  literals: v.array(v.string()),
  body: v.array(v.looseObject({ type: v.string() })),
});

/** A chat template as packs have it: its syntax tree (docs/PACK.md), and the string literals of its code. */
export type TemplateTree = v.InferOutput<typeof schema>;

/** What is wrong inside a node shows when it is rendered. @throws TemplateError */
export function parseTemplateTree(json: unknown, file: string): TemplateTree {
  return validate(schema, json, file, TemplateError);
}
