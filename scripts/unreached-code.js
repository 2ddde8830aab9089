/** Kinds of a tokenizer's parts that src/model/text/tokenizer-components.ts refuses before the library sees them. */
const REFUSED = [
  ...['BertNormalizer', 'Precompiled', 'BertPreTokenizer', 'Whitespace', 'WhitespaceSplit', 'Punctuation'],
  ...['Digits', 'FixedLength', 'WordPiece', 'Unigram', 'Legacy'],
];

/**
 * Code of a library, by its folder, that the runtime never reaches: no bundler can tell. Each is a text, or what stands from a
 * text until another one, and what takes its place.
 * @type {Map<string, readonly { from: string | RegExp, until?: string, to?: string }[]>}
 */
export const UNREACHED = new Map([
  [
    '/@huggingface/tokenizers/',
    [
      ...REFUSED.map((name) => ({ from: `new ${name}_default(`, to: 'leftOut(' })),
      // src/model/text/text-library.ts sets up a BPE model, no post-processor, no decoder and no added tokens.
      { from: 'if (model_config.vocab) {', until: '      throw new Error(\n        `Unknown TokenizerModel' },
      { from: 'const tokenizer_error = validate_object(', until: 'this.tokenizer = tokenizer;' },
      { from: 'this.post_processor = create_post_processor_default(', until: '  }\n  // Implementation\n  encode(' },
      // src/model/text/tokenizer.ts takes the parts of a Tokenizer, and calls no method of its.
      { from: '// Implementation\n  encode(', until: '};\nvar Tokenizer_default' },
      // Always at its default there, or never set.
      { from: 'if (this.end_of_word_suffix) {', until: 'let result = [];' },
      { from: 'if (this.continuing_subword_suffix) {', until: 'if (token.length < this.max_length_to_cache)' },
      { from: 'clear_cache() {', until: '/**\n   * Apply Byte-Pair' },
      { from: 'this.use_regex ? text.match(this.pattern) || [] : [text]', to: '[text]' },
      { from: "this.pattern = /'s|'t|", until: 'this.byte_encoder' },
      { from: 'this.config.behavior?.toLowerCase() === "removed"', to: 'false' },
      { from: 'reverse_dictionary(BYTES_TO_UNICODE)', to: 'null' },
    ],
  ],
  [
    '/@huggingface/jinja/',
    [
      { from: 'format(options) {', until: '};\nexport {' },
      // src/model/text/chat-template.ts gives templates their trees, which tools/compile-template.ts has parsed.
      {
        from: 'const tokens = tokenize(template, {',
        until: '}\n  render(items) {',
        to: 'this.parsed = { type: "Program" };',
      },
      { from: 'var TOKEN_TYPES = Object.freeze(', to: 'var TOKEN_TYPES = (' },
      { from: 'var PRECEDENCE = Object.freeze(', to: 'var PRECEDENCE = (' },
      { from: /TOKEN_TYPES\.(\w+)/g, to: '"$1"' },
      // That refuses these.
      {
        from: 'const declared = /* @__PURE__ */ new Set();',
        until: '}\nvar Interpreter = class',
        to: 'return new Set();',
      },
      { from: 'case "CallStatement":\n        return this', until: 'case "Break":\n        throw' },
      { from: 'evaluateCallStatement(node, environment) {', until: 'evaluateFilterStatement(node, environment) {' },
    ],
  ],
  [
    '/comlink/',
    [
      // src/worker/wire/install.ts has its own ways to carry what is thrown.
      { from: 'serialize({ value }) {', until: '};\n/**\n * Allows customizing' },
      // Nothing of ours but answers a port of ours, and nothing is set, constructed or given an endpoint there.
      { from: 'if (!isAllowedOrigin(allowedOrigins, ev.origin)) {', until: 'const { id, type, path }' },
      { from: 'case "SET" /* MessageType.SET */:', until: 'case "APPLY" /* MessageType.APPLY */:' },
      { from: 'case "CONSTRUCT" /* MessageType.CONSTRUCT */:', until: 'case "RELEASE" /* MessageType.RELEASE */:' },
      { from: 'set(_target, prop, rawValue) {', until: 'apply(_target, _thisArg' },
      { from: 'if (last === createEndpoint) {', until: '// We just pretend' },
      { from: 'construct(_target, rawArgumentList) {', until: '});\n    registerProxy(' },
    ],
  ],
  [
    '/idb-keyval/',
    [
      // src/worker names its own store everywhere.
      { from: ' = defaultGetStore()' },
      // Where WebGPU is, so is IndexedDB 2.
      {
        from: 'if (store.getAllKeys) {\n            return promisifyRequest(store.getAllKeys());\n        }',
        to: 'return promisifyRequest(store.getAllKeys());\n\n',
      },
      { from: 'if (store.getAll && store.getAllKeys) {', to: '{' },
    ],
  ],
  [
    '/valibot/',
    [
      // Made for other libraries to see, which see none of ours.
      { from: 'schema["~standard"] = {', until: 'return schema;' },
      // Read only for messages that are set for all uses of a schema, and by asynchronous schemas.
      { from: /\n\t+(?:reference: [\w$]+|async: false),/g, to: '\n' },
    ],
  ],
  [
    '/p-retry/',
    [
      // src/worker gives it only options that are right.
      { from: 'validateRetries(options.retries);', until: 'options.retries ??= 10;' },
      { from: "validateNumberOption('factor', ", until: '// Treat non-positive factor' },
      { from: 'if (!(options.factor > 0)) {', until: 'options.signal?.throwIfAborted();\n\n\tlet attemptNumber' },
      // What `fetch` throws has become a DownloadError by then.
      { from: "import isNetworkError from 'is-network-error';" },
      { from: '!isNetworkError(normalizedError)', to: 'true' },
    ],
  ],
]);
