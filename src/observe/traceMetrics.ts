import type { Metrics } from './metrics.js';
import type { TraceFile } from './traceFile.js';

export function addTraceMetrics(metrics: Metrics, file: Pick<TraceFile, 'figures'>): void {
  metrics.readCounter('kvtide_recorded_bytes_total', 'Bytes of the recording.', [], (counter) => {
    counter.inc(file.figures.bytes);
  });
  const dropped = 'Lines that were not recorded: the file is full, or the disk too slow.';
  metrics.readCounter('kvtide_recorded_dropped_total', dropped, [], (counter) => {
    counter.inc(file.figures.dropped);
  });
}
