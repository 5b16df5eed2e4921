import type { ChannelOptions } from '@grpc/grpc-js';
import { callsPerConnectionMax } from './serverLimits.js';

/** The largest message either side takes. A page is a few MiB at most, all logits of a step below one. */
export const maxMessageBytes = 64 * 2 ** 20;

/** HTTP/2 windows, of a stream and of a connection: with the default of 64 KiB a page waits for round trips. */
export const flowControlWindowBytes = 8 * 2 ** 20;

/** Messages that a stream holds for a reader who is behind; then the sender has to wait. */
export const maxBufferedMessages = 8;

/** A peer that vanished without closing its sockets is noticed after the sum of the two. */
const keepaliveTimeMs = 2_000;
const keepaliveTimeoutMs = 3_000;

const shared: ChannelOptions = {
  'grpc.max_receive_message_length': maxMessageBytes,
  'grpc.max_send_message_length': maxMessageBytes,
  'grpc.keepalive_time_ms': keepaliveTimeMs,
  'grpc.keepalive_timeout_ms': keepaliveTimeoutMs,
};

// Channelz stays on here: without it grpc-js 1.14 does not know its sessions when it is to cut them.
export const serverOptions: ChannelOptions = {
  ...shared,
  'grpc.max_concurrent_streams': callsPerConnectionMax,
};

export const clientOptions: ChannelOptions = {
  ...shared,
  'grpc.enable_channelz': 0,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc-node.flow_control_window': flowControlWindowBytes,
  // Retries are decided by who knows what a repeat would do; here they would only copy every message.
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
  // A proxy from the environment must not come between the parts of a cluster.
  'grpc.enable_http_proxy': 0,
  // Each peer has its own connection: bulk on one does not hold up control on the other.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
};
