import { createServer } from 'node:http';
import { KvError } from '../core/errors.js';
import type { Metrics } from './metrics.js';

export interface MetricsServer {
  /** host:port that was bound. */
  readonly address: string;
  close(): Promise<void>;
}

export interface MetricsServerOptions {
  /** Loopback by default: the figures are nobody's business by default. */
  readonly host?: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
}

/**
 * Serves `GET /metrics`.
 * @throws KvError `conflict` when the port is in use, `invalid` when it cannot be listened on.
 */
export async function serveMetrics(
  metrics: Metrics,
  { host = '127.0.0.1', port = 0 }: MetricsServerOptions = {},
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET' || path !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('only GET /metrics is here\n');
      return;
    }
    metrics.text().then(
      (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
      (error: unknown) => response.writeHead(500).end(`${String(error)}\n`),
    );
  });
  const shown = host.includes(':') ? `[${host}]` : host;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(`${shown}:${port}`, error)));
    server.listen(port, host, resolve);
  });
  const bound = server.address();
  const boundPort = typeof bound === 'object' && bound !== null ? bound.port : port;
  return {
    address: `${shown}:${boundPort}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listenError(address: string, error: NodeJS.ErrnoException): KvError {
  const options = { cause: error, context: { address } };
  if (error.code === 'EADDRINUSE') {
    return new KvError('conflict', `${address} is in use by another process; choose another port`, options);
  }
  return new KvError('invalid', `cannot serve metrics on ${address}: ${error.message}`, options);
}
