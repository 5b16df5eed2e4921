import type { Server } from '@grpc/grpc-js';
import { HealthImplementation, type ServingStatusMap } from 'grpc-health-check';

export interface Health {
  /** What all of its names say from now on. */
  setServing(isServing: boolean): void;
}

/** Adds grpc.health.v1.Health, which says SERVING for the server ("") and for each of `services`. */
export function addHealth(server: Server, services: readonly string[]): Health {
  const names = ['', ...services];
  const serving: ServingStatusMap = Object.fromEntries(names.map((name) => [name, 'SERVING'] as const));
  const health = new HealthImplementation(serving);
  health.addToServer(server);
  return {
    setServing: (isServing) => {
      for (const name of names) health.setStatus(name, isServing ? 'SERVING' : 'NOT_SERVING');
    },
  };
}
