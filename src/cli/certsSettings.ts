import { flag } from './flag.js';
import { names, oneOf, text, whole } from './settingValues.js';

/** What `kvtide certs` makes. */
export const certsSettings = {
  certsAction: flag(oneOf(['init', 'renew']).optional(), '<action>', 'init or renew'),
  dir: flag(text().optional(), '<dir>', 'folder of the certificates'),
  hosts: flag(names().optional(), '<names>', 'names and addresses that coordinators and workers serve at'),
  tenants: flag(names().optional(), '<names>', 'tenants that get a certificate; default'),
  days: flag(whole(1, 3650).default(90), '<n>', 'how long the certificates are good'),
};
