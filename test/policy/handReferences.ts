import type { PolicyReference } from '../contract/policyContract.js';

interface Marked {
  readonly key: number;
  used: boolean;
}

const marking = (blocks: readonly Marked[], key: number) => {
  const block = blocks.find((one) => one.key === key);
  if (block === undefined) throw new Error('it is not in');
  block.used = true;
};

/** CLOCK as an array that never turns, and the place of the hand in it. */
export function clockReference(): PolicyReference {
  const ring: Marked[] = [];
  let hand = 0;
  return {
    insert: (key) => {
      ring.splice(hand, 0, { key, used: false });
      hand += 1;
    },
    access: (key) => marking(ring, key),
    remove: (key) => {
      const at = ring.findIndex((one) => one.key === key);
      ring.splice(at, 1);
      if (at < hand) hand -= 1;
    },
    evict: (isProtected) => {
      for (;;) {
        if (hand >= ring.length) hand = 0;
        const block = ring[hand]!;
        if (!isProtected(block.key)) {
          if (!block.used) {
            ring.splice(hand, 1);
            return block.key;
          }
          block.used = false;
        }
        hand += 1;
      }
    },
    resize: () => {},
    ghosts: () => 0,
  };
}

/** Algorithm 1 of the SIEVE paper: the head is the newest, the hand goes from the tail to the head. */
export function sieveReference(): PolicyReference {
  /** Head first. */
  const queue: Marked[] = [];
  let hand: Marked | undefined;
  const leave = (block: Marked) => {
    const at = queue.indexOf(block);
    if (hand === block) hand = queue[at - 1];
    queue.splice(at, 1);
  };
  return {
    insert: (key) => void queue.unshift({ key, used: false }),
    access: (key) => marking(queue, key),
    remove: (key) => leave(queue.find((one) => one.key === key)!),
    evict: (isProtected) => {
      hand ??= queue.at(-1)!;
      while (isProtected(hand.key) || hand.used) {
        if (!isProtected(hand.key)) hand.used = false;
        hand = queue[queue.indexOf(hand) - 1] ?? queue.at(-1)!;
      }
      const victim = hand;
      leave(victim);
      return victim.key;
    },
    resize: () => {},
    ghosts: () => 0,
  };
}
