import type { CoordinatorAnswers, CoordinatorEvents, EventKind } from './coordinatorEvent.js';

/** Gives the machine an event; resolves when what follows from it is durable. */
export type TakeEvent = <Kind extends EventKind>(
  kind: Kind,
  event: CoordinatorEvents[Kind],
) => Promise<CoordinatorAnswers[Kind]>;
