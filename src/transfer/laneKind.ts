/** The ways page bytes can travel, best first. Control always runs over gRPC. */
export const laneKinds = ['shm', 'unix', 'tcp', 'grpc'] as const;
export type LaneKind = (typeof laneKinds)[number];
