import { FrequencySketch, sketchHash } from '../../src/policy/frequencySketch.js';
import type { PolicyReference } from '../contract/policyContract.js';
import { keyedColumns } from './policyFixtures.js';

/** W-TinyLFU over keys below 2,000, in three arrays with the oldest first; the sketch is the policy's own. */
export function wTinyLfuReference(initialCapacity: number): PolicyReference {
  const columns = keyedColumns(2000);
  const sketch = new FrequencySketch(initialCapacity);
  const uses = (key: number) => sketch.estimate(sketchHash(columns, key));
  let capacity = initialCapacity;
  let window: number[] = [];
  let probation: number[] = [];
  let main: number[] = [];
  const windowRoom = () => Math.max(1, Math.floor(capacity / 100));
  const remove = (key: number) => {
    window = window.filter((one) => one !== key);
    probation = probation.filter((one) => one !== key);
    main = main.filter((one) => one !== key);
  };
  const settle = () => {
    while (window.length > windowRoom()) probation.push(window.shift()!);
    const mainRoom = Math.floor(0.8 * Math.max(0, capacity - windowRoom()));
    while (main.length > mainRoom) probation.push(main.shift()!);
  };
  return {
    insert: (key) => {
      sketch.add(sketchHash(columns, key));
      window.push(key);
      settle();
    },
    access: (key) => {
      sketch.add(sketchHash(columns, key));
      const isNew = window.includes(key);
      remove(key);
      (isNew ? window : main).push(key);
      settle();
    },
    remove,
    evict: (isProtected) => {
      const free = capacity - window.length - probation.length - main.length;
      const candidate = window.find((key) => !isProtected(key));
      const rival = [...probation, ...main].find((key) => !isProtected(key));
      const overflows = window.length + free + 1 > windowRoom();
      if (candidate === undefined || (rival !== undefined && !overflows)) {
        remove(rival!);
        return rival!;
      }
      remove(candidate);
      if (rival === undefined || uses(candidate) <= uses(rival)) return candidate;
      remove(rival);
      probation.push(candidate);
      return rival;
    },
    resize: (to) => {
      capacity = to;
      sketch.resize(to);
      settle();
    },
    ghosts: () => 0,
  };
}
