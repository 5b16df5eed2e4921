import type { Contender } from '../support/contender.js';
import { BenchPages } from './benchPages.js';
import { type Answer, type Family, type Question, questionSchema } from './contenderMessages.js';
import { kvtideContenders } from './kvtideContenders.js';
import { memcpyContender } from './memcpyContender.js';
import { redisContenders } from './redisContenders.js';
import { fullSizes, shortSizes, type TransferSizes } from './transferSizes.js';
import { unaryContenders } from './unaryContenders.js';

// The client of one family of contenders. It works only when asked.

const warmUpPages = 512;
let roundPages = warmUpPages;

let contenders: readonly Contender[] = [];

function open(family: Family, pages: BenchPages, sizes: TransferSizes) {
  switch (family.family) {
    case 'memcpy':
      return [memcpyContender(pages, sizes)];
    case 'unary':
      return unaryContenders(family, pages, sizes);
    case 'redis':
      return redisContenders(family, pages, sizes);
    case 'kvtide':
      return kvtideContenders(family, pages, sizes);
  }
}

async function answer(question: Question): Promise<Answer> {
  if (question.kind === 'open') {
    const sizes = question.short ? shortSizes : fullSizes;
    roundPages = sizes.pages * sizes.passes;
    contenders = await open(question.family, new BenchPages(sizes.pages), sizes);
    return { kind: 'opened', names: contenders.map(({ name }) => name) };
  }
  const contender = contenders[question.contender];
  if (contender === undefined) throw new RangeError(`there is no contender ${question.contender}`);
  // While the others had their turns, memory went back to the system and compiled code was dropped, in this
  // process and in its server; it takes some hundred pages until both are as fast as they stay.
  for (let pages = 0; pages < warmUpPages; pages += roundPages) await contender.round();
  return { kind: 'measured', figures: { ...(await contender.round()) } };
}

async function reply(message: unknown): Promise<void> {
  const said = await answer(questionSchema.parse(message)).catch((thrown: unknown): Answer => {
    const [reason = ''] = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n');
    return { kind: 'failed', reason };
  });
  process.send?.(said);
}

process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {}); // the bench ends us by closing the channel
process.on('message', (message) => void reply(message));
