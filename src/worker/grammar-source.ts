/** What a whole answer has to be; `field` names the parameter that says so. */
export type GrammarSource = { field: string } & (
  { kind: 'json'; schema: unknown } | { kind: 'regex'; pattern: string; flags: string }
);

/** What a grammar engine has to know of a model's tokens. */
export interface Vocabulary {
  /** The bytes of each token, none for those that are no text, by id. */
  tokens: readonly Uint8Array[];
  /** Rows of the model's embedding table: masks have so many bits, and ids behind the tokens are never allowed. */
  vocabSize: number;
  stopTokenIds: readonly number[];
  /** Whether decoding drops a space at an answer's start, so that one has to be there. */
  dropsFirstSpace: boolean;
}

/** A grammar engine, in a worker of its own that this is exposed in. */
export interface GrammarRole {
  /** To be called once, before all else. @throws where the engine cannot be started */
  read(vocabulary: Vocabulary): Promise<void>;
  /** Makes a grammar ready. @throws RequestError naming what is wrong or not supported. */
  compile(id: number, source: GrammarSource): Promise<void>;
  /**
   * The tokens that may come next, as the sampler takes them; undefined for a grammar that is not ready any more.
   * @param sampled all tokens of the answer so far
   * @throws RequestError where none may
   */
  mask(id: number, sampled: readonly number[]): Promise<Uint32Array<ArrayBuffer> | undefined>;
}
