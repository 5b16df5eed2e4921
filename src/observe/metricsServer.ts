import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { TLSSocket } from 'node:tls';
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
  /** Encrypts, and asks for certificates. */
  readonly tls?: MetricsTls;
  /** Whether `GET /readyz` says yes; it always does without it. */
  readonly isReady?: () => boolean;
}

interface MetricsCertificates {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface MetricsTls {
  current(): MetricsCertificates;
  onChange(changed: (set: MetricsCertificates) => void): () => void;
  /** Whether whoever has shown this certificate of the authority may read. */
  admits(socket: TLSSocket): boolean;
}

/** A process whose event loop stood still for longer between two questions is not healthy. */
const loopDelayMsMax = 2_000;

/**
 * Serves `GET /metrics`; `GET /healthz`, 200 while the process keeps up with its events; and `GET /readyz`, 200
 * while it serves. Both say 503 otherwise.
 * @throws KvError `conflict` when the port is in use, `invalid` when it cannot be listened on.
 */
export async function serveMetrics(
  metrics: Metrics,
  { host = '127.0.0.1', port = 0, tls, isReady = () => true }: MetricsServerOptions = {},
): Promise<MetricsServer> {
  const loop = monitorEventLoopDelay();
  loop.enable();
  const answer: RequestListener = (request, response) => {
    if (tls !== undefined && !(request.socket instanceof TLSSocket && tls.admits(request.socket))) {
      response.writeHead(403, { 'content-type': 'text/plain' }).end('metrics are for monitors and admins\n');
      return;
    }
    const path = request.method === 'GET' ? request.url?.split('?')[0] : undefined;
    if (path === '/healthz') {
      const delayMs = loop.max / 1e6;
      loop.reset();
      say(response, delayMs <= loopDelayMsMax, `the event loop was late by ${Math.round(delayMs)} ms`);
      return;
    }
    if (path === '/readyz') {
      say(response, isReady(), 'it starts or ends');
      return;
    }
    if (path !== '/metrics') {
      response
        .writeHead(404, { 'content-type': 'text/plain' })
        .end('only GET /metrics, /healthz and /readyz are here\n');
      return;
    }
    metrics.text().then(
      (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
      (error: unknown) => response.writeHead(500).end(`${String(error)}\n`),
    );
  };
  const server = tls === undefined ? createServer(answer) : encrypted(tls, answer);
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
        loop.disable();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function encrypted(tls: MetricsTls, answer: RequestListener) {
  const { ca, cert, key } = tls.current();
  const server = createTlsServer({ ca, cert, key, requestCert: true, rejectUnauthorized: true }, answer);
  server.once(
    'close',
    tls.onChange((set) => server.setSecureContext(set)),
  );
  return server;
}

function say(response: ServerResponse, isWell: boolean, otherwise: string): void {
  response
    .writeHead(isWell ? 200 : 503, { 'content-type': 'text/plain' })
    .end(isWell ? 'ok\n' : `${otherwise}\n`);
}

function listenError(address: string, error: NodeJS.ErrnoException): KvError {
  const options = { cause: error, context: { address } };
  if (error.code === 'EADDRINUSE') {
    return new KvError('conflict', `${address} is in use by another process; choose another port`, options);
  }
  return new KvError('invalid', `cannot serve metrics on ${address}: ${error.message}`, options);
}
