import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PolicyColumns } from '../../src/policy/policyColumns.js';
import { PrefixLruRetention } from '../../src/policy/prefixLruRetention.js';
import { emptyColumns } from './policyFixtures.js';
import { type SlowPolicy, TableTwin, tableSteps } from './tableTwin.js';

interface Node {
  readonly handle: number;
  parent: Node | undefined;
}

/** Nodes with a link to their parent, least recently used first, looked through whole for every victim. */
function slowPrefixLru(columns: PolicyColumns): SlowPolicy {
  let nodes: Node[] = [];
  const find = (handle: number) => nodes.find((node) => node.handle === handle);
  const drop = (handle: number) => {
    nodes = nodes.filter((node) => node.handle !== handle);
  };
  const depth = (node: Node) => columns.depth[node.handle]!;
  const use = (node: Node) => {
    drop(node.handle);
    const parent = find(columns.parent[node.handle]!);
    node.parent = parent && depth(parent) + 1 === depth(node) ? parent : undefined;
    nodes.push(node);
  };
  const victimOf = (isProtected: (handle: number) => boolean) => {
    const free = nodes.filter(({ handle }) => !isProtected(handle));
    const leaf = free.find((node) => !nodes.some(({ parent }) => parent === node));
    return leaf ?? free.toSorted((a, b) => depth(b) - depth(a))[0];
  };
  return {
    insert: (handle) => use({ handle, parent: undefined }),
    access: (handle) => use(find(handle)!),
    remove: drop,
    evict: (count, isProtected) => {
      const before = nodes;
      const victims: number[] = [];
      while (victims.length < count) {
        const victim = victimOf(isProtected);
        if (!victim) {
          nodes = before;
          return undefined;
        }
        victims.push(victim.handle);
        drop(victim.handle);
      }
      return victims;
    },
    resize: () => {},
  };
}

function chains() {
  const columns = emptyColumns(8);
  columns.parent.set([-1, 0, 1, -1, 3, 0]);
  columns.depth.set([0, 1, 2, 0, 1, 1]);
  const policy = new PrefixLruRetention(columns, 8);
  for (const handle of [0, 1, 2, 3, 4]) policy.insert(handle);
  return { columns, policy };
}

const victims = (handles: readonly number[]) => ({ kind: 'victims', handles });

describe('leaf-first LRU', () => {
  it('chooses as a list of nodes does, with handles given anew, protected ones and other capacities', () => {
    fc.assert(
      fc.property(tableSteps, fc.integer({ min: 1, max: 40 }), (steps, capacity) => {
        const table = new TableTwin(
          (columns) => new PrefixLruRetention(columns, capacity),
          slowPrefixLru,
          capacity,
        );
        table.run(steps);
        table.drain();
      }),
    );
  });

  it('takes a prefix from its end, before what was used later', () => {
    const { policy } = chains();
    expect(policy.evict(5, () => false)).toEqual(victims([2, 1, 0, 4, 3]));
  });

  it('keeps a shared prefix while a branch is in', () => {
    const { policy } = chains();
    policy.insert(5);
    expect(policy.evict(4, (handle) => handle === 5)).toEqual(victims([2, 1, 4, 3]));
    expect(policy.evict(1, (handle) => handle === 5)).toEqual(victims([0]));
  });

  it('takes the deepest before protected leaves where no other may go', () => {
    const { policy } = chains();
    expect(policy.evict(2, (handle) => handle === 2 || handle === 4)).toEqual(victims([1, 0]));
  });

  it('does not take a handle that means something else now for the parent', () => {
    const { columns, policy } = chains();
    policy.remove(3);
    columns.parent[3] = -1;
    policy.insert(3);
    expect(policy.evict(5, () => false)).toEqual(victims([2, 1, 0, 4, 3]));
  });

  it('leaves the tree as it was when too few may go', () => {
    const { policy } = chains();
    expect(policy.evict(4, (handle) => handle === 0 || handle === 4)).toEqual({ kind: 'none' });
    expect(policy.evict(5, () => false)).toEqual(victims([2, 1, 0, 4, 3]));
  });
});
