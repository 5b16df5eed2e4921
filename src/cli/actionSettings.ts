import { policyKinds } from '../core/policyKind.js';
import { flag } from './flag.js';
import { oneOf, text, yesNo } from './settingValues.js';

/** What a command does to a cluster that runs. */
export const actionSettings = {
  from: flag(
    text().optional(),
    '<source>',
    'copy: the worker that has the blocks; sim report: the file with what kvtide sim --json printed',
  ),
  to: flag(text().optional(), '<worker>', 'the worker that is to have them'),
  migrate: flag(yesNo().default(false), null, 'remove from the first worker what the second has then'),
  blocksFile: flag(
    text().optional(),
    '<file>',
    'keys of the blocks, 64 hex digits a line; without it all that the worker holds',
  ),
  worker: flag(text().optional(), '<worker>', 'id of a worker, as kvtide status shows it'),
  policyAction: flag(oneOf(['list', 'set']).default('list'), '<action>', 'list or set'),
  policyKind: flag(oneOf(policyKinds).optional(), '<kind>', 'retention, residency, admission or placement'),
  policyName: flag(
    text().optional(),
    '<name>',
    'the policy, as kvtide policy list names it, or for retention a file in the --policy-dir of the workers',
  ),
};
