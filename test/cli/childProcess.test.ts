import { describe, expect, it } from 'vitest';
import { ChildProcess } from '../../src/cli/childProcess.js';

describe('a child process that ends before it is ready', () => {
  it('gives its one line and its kind to the parent', async () => {
    const child = new ChildProcess(
      ['worker', '--model', 'no/such', '--coordinator', '127.0.0.1:1'],
      () => {},
    );
    await expect(child.ready()).rejects.toMatchObject({
      kind: 'notFound',
      message: expect.stringContaining('no/such does not exist'),
    });
    expect(await child.ended).toEqual({ code: 4, signal: null });
  });

  it('is told as a bug when it wrote no line of ours', async () => {
    const child = new ChildProcess(
      ['worker', '--model', 'models/tiny-dts', '--coordinator', '127.0.0.1:1'],
      () => {},
    );
    await child.stop(0);
    await expect(child.ready()).rejects.toMatchObject({
      kind: 'internal',
      message: expect.stringContaining('kvtide worker'),
    });
  });
});
