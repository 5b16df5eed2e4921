import { KvError } from '../core/errors.js';
import { protocolVersion } from '../core/protocol.js';
import { build } from './build.js';
import type { Protocol, Protocol__Output } from './gen/kvtide/v1/Protocol.js';

/** What the first message of every service carries in its field `protocol`. */
export function ownProtocol(): Protocol {
  return { ...protocolVersion, build };
}

/**
 * Compares what the other side said about itself with this build.
 * @param who names the other side in the message, for example `the coordinator at 127.0.0.1:4600`.
 * @throws KvError `unsupported` when the majors differ, `invalid` when the other side said nothing.
 */
export function checkProtocol(theirs: Protocol__Output | null | undefined, who: string): void {
  if (theirs === null || theirs === undefined) {
    throw new KvError('invalid', `the first message of ${who} carries no protocol version`);
  }
  if (theirs.major === protocolVersion.major) return;
  const own = `${protocolVersion.major}.${protocolVersion.minor} (build ${build})`;
  throw new KvError(
    'unsupported',
    `${who} speaks protocol ${theirs.major}.${theirs.minor} (build ${theirs.build}), this side ${own}: run one major version everywhere`,
  );
}
