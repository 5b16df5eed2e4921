import { KvError } from '../core/errors.js';
import type { AskPeers } from './compute.js';

/** Says whose peers they were that could not be asked. */
export function watchedPeers(peers: AskPeers, failed: (error: KvError) => void): AskPeers {
  return {
    attend: async (layer, queries) => {
      try {
        return await peers.attend(layer, queries);
      } catch (thrown) {
        const error = KvError.from(thrown);
        failed(error);
        throw error;
      }
    },
  };
}
