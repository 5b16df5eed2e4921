import type { ServerHttp2Session } from 'node:http2';
import type { Server } from '@grpc/grpc-js';
import { flowControlWindowBytes } from './channelOptions.js';
import { receiveWindowsBytesMax } from './serverLimits.js';
import { http2ServersOf } from './serverSockets.js';

/**
 * Gives the connections of a bound server the windows that clients set by an option. grpc-js has none for
 * servers, so this reaches for the HTTP/2 servers that it made; should a later version hide them, the
 * windows stay at 64 KiB and bulk gets slower, nothing else. Only as many connections as fit into
 * `receiveWindowsBytesMax` get a wide one: what is received and not read counts in no other budget.
 */
export function widenWindows(server: Server): void {
  for (const http2Server of http2ServersOf(server)) {
    http2Server.updateSettings({ initialWindowSize: flowControlWindowBytes });
    let widened = 0;
    http2Server.on('session', (session: ServerHttp2Session) => {
      if ((widened + 1) * flowControlWindowBytes > receiveWindowsBytesMax) return;
      widened += 1;
      session.once('close', () => {
        widened -= 1;
      });
      session.setLocalWindowSize(flowControlWindowBytes);
    });
  }
}
