import type { Server } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { loadProtos } from './loadProtos.js';

/** Lets tools such as grpcurl ask a server for the definitions of `services`. */
export function addReflection(server: Server, services: readonly string[]): void {
  new ReflectionService(loadProtos(), { services: [...services] }).addToServer(server);
}
