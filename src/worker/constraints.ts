import { RequestError } from '../errors';
import type { AllowedTokens } from '../model/generation-options';
import type { TokenDecoder } from '../model/text/text-stream';
import type { GrammarSource } from './grammar-source';
import { GrammarWorker } from './grammar-worker';

/** Holds answers to grammars with the engine that was chosen for it, which is started for the first that needs it. */
export class Constraints {
  #worker: GrammarWorker | undefined;

  /**
   * @param url of the script of the grammar engine's worker; undefined where none was chosen
   * @param vocabSize rows of the model's embedding table
   */
  constructor(
    private readonly url: string | undefined,
    private readonly vocabSize: number,
    private readonly stopTokenIds: readonly number[],
  ) {}

  /** The script of the grammar engine's worker. @throws RequestError naming `field` where no answer can be held to a grammar */
  script(field: string): string {
    if (this.url === undefined) {
      const reason =
        'needs a grammar engine: createEngine({ grammar: xgrammar(), … }) with xgrammar of "sterna/grammar"';
      throw new RequestError(reason, { field });
    }
    if (this.stopTokenIds.length === 0) {
      throw new RequestError('needs a model with an end token, and this one names none', { field });
    }
    return this.url;
  }

  /** @throws RequestError where the grammar is wrong, or none can be kept to; WorkerError; the signal's reason when aborted. */
  begin(source: GrammarSource, tokenizer: TokenDecoder, signal: AbortSignal): Promise<AllowedTokens> {
    this.#worker ??= this.#create(this.script(source.field), tokenizer);
    return this.#worker.begin(source, signal);
  }

  #create(script: string, tokenizer: TokenDecoder): GrammarWorker {
    const { vocabSize, stopTokenIds } = this;
    const tokens = Array.from({ length: vocabSize }, (_, id) => tokenizer.tokenBytes(id));
    return new GrammarWorker(script, { tokens, vocabSize, stopTokenIds, dropsFirstSpace: tokenizer.dropsFirstSpace });
  }
}
