import { TenantGate } from '../core/tenantGate.js';
import type { Logger } from '../observe/logger.js';
import type { Metrics } from '../observe/metrics.js';
import { systemClock } from '../observe/systemClock.js';
import { TenantRefusals } from '../observe/tenantRefusals.js';
import type { Settings } from './settings.js';

/** Who is let in by --tenants-file; null without it. @throws KvError as `readTenantsFile`. */
export async function tenantGateOf(
  { tenantsFile }: Pick<Settings, 'tenantsFile'>,
  { logger, metrics }: { readonly logger: Logger; readonly metrics: Metrics },
): Promise<TenantGate | null> {
  if (tenantsFile === undefined) return null;
  const { readTenantsFile } = await import('./tenantsFile.js'); // few have such a file
  const refusals = new TenantRefusals(metrics, logger, systemClock);
  return new TenantGate(readTenantsFile(tenantsFile), systemClock, refusals);
}
