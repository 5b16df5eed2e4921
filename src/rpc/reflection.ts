import type {
  handleBidiStreamingCall,
  MethodDefinition,
  Server,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { loadProtos } from './loadProtos.js';

const versions = ['grpc.reflection.v1', 'grpc.reflection.v1alpha'];
const methodName = 'ServerReflectionInfo';

/** One version of the service, as the package would have added it. */
interface Answers {
  readonly method: MethodDefinition<unknown, unknown>;
  readonly handle: handleBidiStreamingCall<unknown, unknown>;
}

/**
 * Lets tools such as grpcurl ask a server for the definitions of `services`. Few ever do, and the answers cost
 * every start of a process a tenth of a second: they are made when somebody asks.
 */
export function addReflection(server: Server, services: readonly string[]): void {
  let made: ReadonlyMap<string, Answers> | undefined;
  for (const version of versions) {
    const path = `/${version}.ServerReflection/${methodName}`;
    const answers = (): Answers => {
      made ??= makeAnswers(services);
      const found = made.get(path);
      if (found === undefined) throw new Error(`the reflection package serves no ${path}`);
      return found;
    };
    const method: MethodDefinition<unknown, unknown> = {
      path,
      requestStream: true,
      responseStream: true,
      requestSerialize: (value) => answers().method.requestSerialize(value),
      requestDeserialize: (bytes) => answers().method.requestDeserialize(bytes),
      responseSerialize: (value) => answers().method.responseSerialize(value),
      responseDeserialize: (bytes) => answers().method.responseDeserialize(bytes),
    };
    const handle: Answers['handle'] = (call) => answers().handle(call);
    server.addService({ [methodName]: method }, { [methodName]: handle });
  }
}

function makeAnswers(services: readonly string[]): ReadonlyMap<string, Answers> {
  const made = new Map<string, Answers>();
  new ReflectionService(loadProtos(), { services: [...services] }).addToServer({
    addService: (definition, implementation: UntypedServiceImplementation) => {
      for (const [name, method] of Object.entries(definition)) {
        made.set(method.path, { method, handle: implementation[name] as Answers['handle'] });
      }
    },
  });
  return made;
}
