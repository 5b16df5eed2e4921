import type { Http2Server } from 'node:http2';
import type { Socket } from 'node:net';
import type { Server } from '@grpc/grpc-js';
import { connectionsMax } from './serverLimits.js';

/** The HTTP/2 servers that a bound server has made; none should a later version of grpc-js hide them. */
export function http2ServersOf(server: Server): readonly Http2Server[] {
  const { http2Servers }: { http2Servers?: unknown } = Object(server);
  return http2Servers instanceof Map ? [...(http2Servers as Map<Http2Server, unknown>).keys()] : [];
}

/**
 * Follows the connections of a bound server; what comes back cuts them all. grpc-js cuts only those on which
 * HTTP/2 goes on, and waits for ever for those where it never began or has failed.
 */
export function followSockets(server: Server): () => Promise<void> {
  const sockets = new Set<Socket>();
  for (const http2Server of http2ServersOf(server)) {
    http2Server.on('connection', (socket: Socket) => {
      if (sockets.size >= connectionsMax) {
        socket.destroy(); // nothing has been read of it, and nothing may be kept for it
        return;
      }
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
  }
  return async () => {
    await Promise.all([...sockets].map(cut));
  };
}

function cut(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
    socket.destroy();
  });
}
