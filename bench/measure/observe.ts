/** The arguments that a method takes, by its last overload. */
type Arguments<Method> = Method extends (...args: infer Given) => unknown ? Given : never;
type Result<Method> = Method extends (...args: never[]) => infer Given ? Given : never;

/**
 * Tells every call of a method of all objects of a class, after it was made. What the code under measurement does is seen
 * from outside, so the product has no counters of its own to trust.
 * @returns what ends it
 */
export function observe<Owner extends object, Name extends string & keyof Owner>(
  prototype: Owner,
  name: Name,
  seen: (owner: Owner, args: Arguments<Owner[Name]>, result: Result<Owner[Name]>) => void,
): () => void {
  const own = Object.getOwnPropertyDescriptor(prototype, name);
  const method: unknown = prototype[name];
  if (typeof method !== 'function') throw new TypeError(`${name} is no method`);
  Object.defineProperty(prototype, name, {
    configurable: true,
    writable: true,
    ...own,
    value: function (this: Owner, ...args: Arguments<Owner[Name]>) {
      const result = Reflect.apply(method, this, args) as Result<Owner[Name]>;
      seen(this, args, result);
      return result;
    },
  });
  // In a worker, `fetch` is inherited by the global object.
  return () =>
    own === undefined ? Reflect.deleteProperty(prototype, name) : Object.defineProperty(prototype, name, own);
}
