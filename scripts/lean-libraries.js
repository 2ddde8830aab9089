/** Kinds of a tokenizer's parts that src/model/text/tokenizer-components.ts refuses before the library sees them. */
const REFUSED = [
  ...['BertNormalizer', 'Precompiled', 'BertPreTokenizer', 'Whitespace', 'WhitespaceSplit', 'Punctuation'],
  ...['Digits', 'FixedLength', 'WordPiece', 'Unigram', 'Legacy'],
];

/** Code of a library, by its folder, that the runtime never reaches, and what stands in its place: no bundler can tell. */
const UNREACHED = new Map([
  [
    '/@huggingface/tokenizers/',
    [
      ...REFUSED.map((name) => [`new ${name}_default(`, 'leftOut(']),
      // src/model/text/text-library.ts sets up neither.
      ['create_post_processor_default(this.tokenizer.post_processor)', 'null'],
      ['create_decoder_default(this.tokenizer.decoder)', 'null'],
    ],
  ],
  ['/@huggingface/jinja/', [['format(this.parsed, ', 'leftOut(']]],
  [
    '/p-retry/',
    [
      // src/worker gives it only options that are right.
      ['validateRetries(options.retries);', ''],
      ["validateNumberOption('factor', options.factor, {min: 0, allowInfinity: false});", ''],
      ["validateNumberOption('minTimeout', options.minTimeout, {min: 0, allowInfinity: false});", ''],
      ["validateNumberOption('maxTimeout', options.maxTimeout, {min: 0, allowInfinity: true});", ''],
      ["validateNumberOption('maxRetryTime', options.maxRetryTime, {min: 0, allowInfinity: true});", ''],
      // What `fetch` throws has become a DownloadError by then.
      ["import isNetworkError from 'is-network-error';", ''],
      ['!isNetworkError(normalizedError)', 'true'],
    ],
  ],
]);
const LEFT_OUT = "\nfunction leftOut() { throw new TypeError('left out of this build'); }\n";

/**
 * A Vite plugin: a build is without what the runtime never reaches of its libraries, as users download it.
 * @returns {import('vite').Plugin}
 */
export function leanLibraries() {
  return {
    name: 'lean-libraries',
    apply: 'build',
    enforce: 'pre',
    transform(code, id) {
      const [, unreached] = [...UNREACHED].find(([folder]) => id.includes(folder)) ?? [];
      if (unreached === undefined) return undefined;
      const lean = unreached.reduce((text, [from, to]) => {
        if (!text.includes(from)) this.error(`${id} has no "${from}" any more`);
        return text.replaceAll(from, to);
      }, code);
      // On the same lines: the source map stays right but for their columns.
      return { code: lean + LEFT_OUT, map: null };
    },
  };
}
