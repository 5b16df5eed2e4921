import { copyPage } from '../core/pageView.js';
import type { PageLink } from '../core/ports/pageLink.js';

/** The link of a device in the host's own memory: a copy, made at once by whoever asks. */
export const copyLink: PageLink = {
  isInstant: true,
  figures: null,
  carry(from, to) {
    if (from !== to) copyPage(from, to);
    return true;
  },
};
