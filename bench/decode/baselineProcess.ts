import type { InferenceSession } from 'onnxruntime-node';
import { Checkpoint } from '../../src/model/checkpoint.js';
import { argmax, goldenFault } from './baselineGolden.js';
import { type BaselineAnswer, type BaselineRequest, baselineRequestSchema } from './baselineMessages.js';
import { BaselineSequence } from './baselineSequence.js';
import { type BaselineVariant, baselineVariants, openBaseline } from './baselineVariants.js';

interface OpenVariant {
  readonly variant: BaselineVariant;
  readonly checkpoint: Checkpoint;
  readonly session: InferenceSession;
  readonly sequences: Map<number, BaselineSequence>;
}

const firstToken = 65;
const open = new Map<number, OpenVariant>();

async function answer(request: BaselineRequest): Promise<BaselineAnswer> {
  switch (request.kind) {
    case 'open': {
      const variant = baselineVariants[request.variant];
      if (variant === undefined) return { kind: 'refused', reason: `no variant ${request.variant}` };
      const checkpoint = Checkpoint.open(request.model);
      const session = await openBaseline(checkpoint, variant);
      const reason = await goldenFault(checkpoint, session, variant, request.goldenTokensMax);
      if (reason !== null) return { kind: 'refused', reason };
      open.set(request.variant, { variant, checkpoint, session, sequences: new Map() });
      return { kind: 'ready' };
    }
    case 'fill': {
      const { variant, checkpoint, session, sequences } = opened(request.variant);
      const { context, room } = request;
      // One step is computed here: its logits must be the same in every variant.
      const sequence = new BaselineSequence(session, checkpoint.config, variant, context + room + 1, context);
      sequences.set(context, sequence);
      return { kind: 'filled', logits: [...(await sequence.step(firstToken))] };
    }
    case 'round': {
      const sequence = opened(request.variant).sequences.get(request.context);
      if (sequence === undefined)
        return { kind: 'refused', reason: `context ${request.context} is not filled` };
      let token = await decode(sequence, firstToken, request.warmUp);
      const startedMs = performance.now();
      token = await decode(sequence, token, request.tokens);
      return { kind: 'timed', ms: performance.now() - startedMs };
    }
  }
}

/** Greedy, so that the choice of a token is timed like kvtide's. */
async function decode(sequence: BaselineSequence, first: number, tokens: number): Promise<number> {
  let token = first;
  for (let step = 0; step < tokens; step += 1) token = argmax(await sequence.step(token));
  return token;
}

async function reply(message: unknown): Promise<void> {
  const said = await answer(baselineRequestSchema.parse(message)).catch((thrown: unknown): BaselineAnswer => {
    const [line = ''] = String(thrown instanceof Error ? thrown.message : thrown).split('\n');
    return { kind: 'refused', reason: line };
  });
  process.send?.(said);
}

function opened(index: number): OpenVariant {
  const found = open.get(index);
  if (found === undefined) throw new Error(`variant ${index} is not open`);
  return found;
}

process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {}); // the bench ends us by closing the channel
process.on('message', (message) => void reply(message));
