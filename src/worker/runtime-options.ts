import * as v from 'valibot';
import { RequestError } from '../errors';
import type { RuntimeOptions } from './runtime';

const isSet = v.exactOptional(v.boolean('must be true or false'));
const count = v.pipe(
  v.number('must be a number'),
  v.integer('must be a whole number'),
  v.minValue(1, 'must be 1 or more'),
  v.maxValue(1024, 'must be 1024 at most'),
);
const milliseconds = v.pipe(v.number('must be a number'), v.minValue(1, 'must be 1 or more'), v.maxValue(2 ** 31 - 1));

const schema = v.strictObject(
  {
    patience: v.exactOptional(
      v.strictObject({
        tries: v.exactOptional(count),
        delay: v.exactOptional(milliseconds),
        stall: v.exactOptional(milliseconds),
      }),
    ),
    grammar: v.exactOptional(v.strictObject({ url: v.string() }, 'must be what xgrammar() of sterna/grammar gives')),
    withhold: v.exactOptional(v.array(v.picklist(['subgroups', 'packed_4x8_integer_dot_product']))),
    defaultLimits: isSet,
    memory: v.exactOptional(v.picklist(['fast', 'compact'], 'must be fast or compact')),
    plan: v.exactOptional(v.picklist(['fused', 'split'])),
    calibrate: isSet,
    pace: v.exactOptional(v.strictObject({ stepsPerSubmit: count, submitsInFlight: count })),
  },
  ({ expected }) => (expected === 'never' ? 'is not supported' : 'must be an object'),
);

/** Those options of `createEngine` that are the worker's. @throws RequestError naming the one that is wrong or unknown. */
export function parseRuntimeOptions(options: unknown): RuntimeOptions {
  const result = v.safeParse(schema, options, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new RequestError(issue.message, { field: v.getDotPath(issue) ?? 'options' });
}
