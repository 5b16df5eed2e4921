import { canonicalJson } from './namespace.js';

/**
 * The configuration that the workers of a page store register: one that computes nothing is known by its
 * name and the shape of its pages alone.
 */
export function storeConfigJson(name: string): string {
  return canonicalJson({ store: name });
}

/** The same for workers that compute attention for engines with a model of their own, of so many query heads. */
export function attentionConfigJson(name: string, heads: number): string {
  return canonicalJson({ attention: name, heads });
}

/** Whether a configuration, parsed, is that of a page store. */
export function isStoreConfig(config: object): boolean {
  return 'store' in config;
}
