import * as v from 'valibot';

/** The parts of a text that is encoded for itself: contents of control tokens, undefined where the text itself is. */
export type Frame = readonly (string | undefined)[];

const template = v.pipe(
  v.looseObject({
    type: v.literal('TemplateProcessing'),
    single: v.array(v.looseObject({ SpecialToken: v.optional(v.looseObject({ id: v.string() })) })),
  }),
  v.transform(({ single }): Frame => single.map(({ SpecialToken }) => SpecialToken?.id)),
);

/** The `post_processor` of a `tokenizer.json`; those of other kinds add no tokens, or belong to no language model. */
export const frame = v.fallback(
  v.union([
    template,
    v.pipe(
      v.looseObject({ processors: v.array(v.unknown()) }),
      v.transform(({ processors }) => processors.find((one) => v.safeParse(template, one).success)),
      template,
    ),
  ]),
  [undefined],
);
