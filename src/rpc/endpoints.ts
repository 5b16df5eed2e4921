import type { MethodDefinition } from '@grpc/proto-loader';
import type { RequestEndpoint, StreamEndpoint } from '../core/ports/network.js';
import type { CoordinatorDefinition } from './gen/kvtide/v1/Coordinator.js';
import type { WorkerDefinition } from './gen/kvtide/v1/Worker.js';

/** The names of a service's methods, without the index signature that would accept any name. */
type MethodNames<Definition> = keyof {
  [Name in keyof Definition as string extends Name ? never : Name]: true;
} &
  keyof Definition &
  string;

type Question<Method> =
  Method extends MethodDefinition<infer Write, infer _AnswerWrite, infer Read, infer _AnswerRead>
    ? { readonly write: Write; readonly read: Read }
    : never;

type Answer<Method> =
  Method extends MethodDefinition<infer _QuestionWrite, infer Write, infer _QuestionRead, infer Read>
    ? { readonly write: Write; readonly read: Read }
    : never;

function endpointsOf<Definition>(service: string) {
  return {
    request: <Name extends MethodNames<Definition>>(
      name: Name,
    ): RequestEndpoint<Question<Definition[Name]>, Answer<Definition[Name]>> => ({
      kind: 'request',
      service,
      name,
    }),
    stream: <Name extends MethodNames<Definition>>(
      name: Name,
    ): StreamEndpoint<Question<Definition[Name]>, Answer<Definition[Name]>> => ({
      kind: 'stream',
      service,
      name,
    }),
  };
}

const coordinator = endpointsOf<CoordinatorDefinition>('kvtide.v1.Coordinator');
const worker = endpointsOf<WorkerDefinition>('kvtide.v1.Worker');

/** Every RPC of proto/kvtide/v1/coordinator.proto. */
export const coordinatorEndpoints = {
  register: coordinator.request('Register'),
  ready: coordinator.request('Ready'),
  heartbeat: coordinator.request('Heartbeat'),
  leave: coordinator.request('Leave'),
  inventory: coordinator.stream('Inventory'),
  describe: coordinator.request('Describe'),
  createSequence: coordinator.request('CreateSequence'),
  forkSequence: coordinator.request('ForkSequence'),
  extendSequence: coordinator.request('ExtendSequence'),
  truncateSequence: coordinator.request('TruncateSequence'),
  releaseSequence: coordinator.request('ReleaseSequence'),
  lookup: coordinator.request('Lookup'),
  pin: coordinator.request('Pin'),
  locate: coordinator.request('Locate'),
  moveBlocks: coordinator.stream('MoveBlocks'),
  drainWorker: coordinator.request('DrainWorker'),
  status: coordinator.request('Status'),
} as const;

/** Every RPC of proto/kvtide/v1/worker.proto. */
export const workerEndpoints = {
  decode: worker.stream('Decode'),
  putPages: worker.stream('PutPages'),
  getPages: worker.stream('GetPages'),
  openLane: worker.request('OpenLane'),
  hasPages: worker.request('HasPages'),
  removeBlocks: worker.request('RemoveBlocks'),
  prefetchBlocks: worker.request('PrefetchBlocks'),
  flush: worker.request('Flush'),
  attend: worker.stream('Attend'),
  attention: worker.stream('Attention'),
  copyBlocks: worker.stream('CopyBlocks'),
  stats: worker.request('Stats'),
  setPolicy: worker.request('SetPolicy'),
  explain: worker.request('Explain'),
} as const;
