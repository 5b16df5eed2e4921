import type { Http2Server, ServerHttp2Session } from 'node:http2';
import type { Server } from '@grpc/grpc-js';
import { flowControlWindowBytes } from './channelOptions.js';

/**
 * Gives the connections of a bound server the windows that clients set by an option. grpc-js has none for
 * servers, so this reaches for the HTTP/2 servers that it made; should a later version hide them, the
 * windows stay at 64 KiB and bulk gets slower, nothing else.
 */
export function widenWindows(server: Server): void {
  const { http2Servers }: { http2Servers?: unknown } = Object(server);
  if (!(http2Servers instanceof Map)) return;
  for (const http2Server of (http2Servers as Map<Http2Server, unknown>).keys()) {
    http2Server.updateSettings({ initialWindowSize: flowControlWindowBytes });
    http2Server.on('session', (session: ServerHttp2Session) => {
      session.setLocalWindowSize(flowControlWindowBytes);
    });
  }
}
