import type { CommandContext } from '../../src/cli/commandContext.js';
import type { Settings } from '../../src/cli/settings.js';
import { type OpenCluster, withCluster } from '../../src/cli/withCluster.js';
import type { BenchContext } from './bench.js';

/** Starts a cluster for each of the settings, gives `body` all of them, and ends them. */
export function withClusters<T>(
  all: readonly Settings[],
  context: BenchContext,
  body: (clusters: readonly OpenCluster[]) => Promise<T>,
): Promise<T> {
  const command = commandContext(context);
  const start = (rest: readonly Settings[], started: readonly OpenCluster[]): Promise<T> => {
    const [settings, ...later] = rest;
    if (settings === undefined) return body(started);
    return withCluster(settings, command, (cluster) => start(later, [...started, cluster]));
  };
  return start(all, []);
}

/** Only what is needed of a command's process: logs of the cluster go where the bench tells its progress. */
function commandContext({ signal, tell }: BenchContext): CommandContext {
  return {
    environment: {},
    stdin: () => null,
    out: () => {},
    err: (text) => tell(text.trimEnd()),
    isTerminal: false,
    signal,
  };
}
