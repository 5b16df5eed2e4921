import type { Contender, Round } from '../support/contender.js';
import type { BaselineClient, UsableVariant } from './baselineClient.js';
import type { DecodeSizes } from './decodeSizes.js';
import { tokenFigures } from './tokenFigures.js';

/** The single graph in one of its variants, at one context. */
export class BaselineContender implements Contender {
  readonly name: string;
  readonly context: number;
  readonly note = 'random past, the time does not depend on it';
  readonly #client: BaselineClient;
  readonly #variant: UsableVariant;
  readonly #sizes: DecodeSizes;

  constructor(client: BaselineClient, variant: UsableVariant, context: number, sizes: DecodeSizes) {
    this.name = `graph: ${variant.variant.name}, context ${context}`;
    this.context = context;
    this.#client = client;
    this.#variant = variant;
    this.#sizes = sizes;
  }

  async round(): Promise<Round> {
    const { warmUp, tokens } = this.#sizes;
    const ms = await this.#client.round(this.#variant, this.context, warmUp, tokens);
    return tokenFigures(this.context, ms / tokens);
  }
}
